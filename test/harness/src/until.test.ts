import { expect, test } from 'vitest'
import { until } from './until.ts'

test('the first true answer is returned', async () => {
  let asked = 0
  expect(await until(() => (++asked === 3 ? 'yes' : undefined), { what: 'a yes' })).toBe('yes')
  expect(asked).toBe(3)
})

test('a condition that throws is asked again', async () => {
  let asked = 0
  const answer = until(
    () => {
      if (++asked < 3) throw new Error('not yet')
      return asked
    },
    { what: 'three' },
  )
  expect(await answer).toBe(3)
})

test('a wait in vain says what was waited for and what the last answer was', async () => {
  await expect(until(() => false, { what: 'the moon is blue', timeoutMs: 30 })).rejects.toThrow(
    'the moon is blue: not within 30 ms; last the answer was false',
  )
  const broken = () => Promise.reject(new Error('no sky'))
  await expect(until(broken, { what: 'the moon is blue', timeoutMs: 30 })).rejects.toThrow(
    'last it failed: Error: no sky',
  )
})
