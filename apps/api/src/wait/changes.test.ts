import { expect, test } from 'vitest'
import { openChanges } from './changes.ts'

const never = new AbortController().signal
const long = 60_000

test('a listener is woken by its stream, and hears its version', async () => {
  const changes = openChanges()
  using listener = changes.listen('workflow-a')
  const woken = listener.next(long, never)
  changes.tell('workflow-b', 9)
  changes.tell('workflow-a', 3)
  await woken
  expect(listener.version()).toBe(3)
})

test('what is told while nobody waits is not lost', async () => {
  const changes = openChanges()
  using listener = changes.listen()
  changes.tell('workflow-a', 1)
  await listener.next(long, never)
  expect(listener.version()).toBe(1)
})

test('a wait ends by itself, and with the reason of the signal', async () => {
  using listener = openChanges().listen('workflow-a')
  await listener.next(1, never)
  const controller = new AbortController()
  const waiting = listener.next(long, controller.signal)
  controller.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  await expect(listener.next(long, controller.signal)).rejects.toThrow('enough')
})
