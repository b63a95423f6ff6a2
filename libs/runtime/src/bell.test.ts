import { expect, test } from 'vitest'
import { openBell } from './bell.ts'

const never = 2 ** 31 - 1

test('a wait ends at the ring, and rings before it count as one', async () => {
  const bell = openBell(new AbortController().signal)
  bell.ring()
  bell.ring()
  await bell.wait(never)
  let ended = false
  const waiting = bell.wait(never).then(() => (ended = true))
  await Promise.resolve()
  expect(ended).toBe(false)
  bell.ring()
  await waiting
})

test('a wait without a ring ends after its time', async () => {
  await expect(openBell(new AbortController().signal).wait(1)).resolves.toBeUndefined()
})

test('an abort ends the wait that runs and every later one', async () => {
  const controller = new AbortController()
  const bell = openBell(controller.signal)
  const waiting = bell.wait(never)
  controller.abort()
  await waiting
  await expect(bell.wait(never)).resolves.toBeUndefined()
})
