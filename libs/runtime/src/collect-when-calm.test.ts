import { expect, test } from 'vitest'
import { collect, endOfWork } from './collect-when-calm.ts'

test('work is over at the first calm look after it, once', () => {
  const isOver = endOfWork()
  expect([80, 900, 900, 80, 80, 499, 80].map(isOver)).toEqual([true, false, false, true, false, false, false])
})

test('bursts that are too short by themselves count together', () => {
  const isOver = endOfWork()
  expect([10, 600, 10, 600, 10, 600, 10].map(isOver)).toEqual([true, false, false, false, true, false, false])
})

test('a process that is never calm is left alone, and one that never works after the second look at what it keeps', () => {
  const [busy, idle] = [endOfWork(), endOfWork()]
  const looks = Array.from({ length: 100 }, (_, look) => look)
  expect(looks.filter(() => busy(5_000))).toEqual([])
  expect(looks.filter(() => idle(499))).toEqual([0, 15])
})

test('what nobody holds is gone after a collection', async () => {
  const seen = new WeakRef({ held: 'by nobody' })
  await collect()
  expect(seen.deref()).toBeUndefined()
})
