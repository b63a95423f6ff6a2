import { expect, test } from 'vitest'
import { collect, endOfWork } from './collect-when-calm.ts'

test('work is over at the first calm look after it, once', () => {
  const isOver = endOfWork()
  expect([900, 900, 80, 80, 300, 80].map(isOver)).toEqual([false, false, true, false, false, false])
})

test('bursts that are too short by themselves count together', () => {
  const isOver = endOfWork()
  expect([400, 10, 400, 10, 400, 10, 10].map(isOver)).toEqual([false, false, false, false, false, true, false])
})

test('a process that is never calm, or never works, is left alone', () => {
  const [busy, idle] = [endOfWork(), endOfWork()]
  const looks = Array.from({ length: 50 })
  expect(looks.some(() => busy(5_000))).toBe(false)
  expect(looks.some(() => idle(199))).toBe(false)
})

test('what nobody holds is gone after a collection', async () => {
  const seen = new WeakRef({ held: 'by nobody' })
  await collect()
  expect(seen.deref()).toBeUndefined()
})
