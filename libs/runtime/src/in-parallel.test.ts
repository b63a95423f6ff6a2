import { expect, test } from 'vitest'
import { inParallel } from './in-parallel.ts'

test('answers in the order of the items, however long each takes', async () => {
  const turns = (count: number) =>
    Array.from({ length: count }).reduce((turn: Promise<unknown>) => turn.then(), Promise.resolve())
  const work = async (count: number) => turns(count).then(() => count * 2)
  expect(await inParallel([3, 1, 2], 2, work)).toEqual([6, 2, 4])
})

test('works on no more items at a time than allowed', async () => {
  let now = 0
  let most = 0
  await inParallel([1, 2, 3, 4, 5], 2, async () => {
    most = Math.max(most, (now += 1))
    await Promise.resolve()
    now -= 1
  })
  expect(most).toBe(2)
})

test('a failure lets nothing begin any more, and is thrown when nothing goes on', async () => {
  const slow = Promise.withResolvers<void>()
  const began: number[] = []
  const ended: number[] = []
  const running = inParallel([1, 2, 3, 4], 2, async (item) => {
    began.push(item)
    if (item === 1) throw new Error('first')
    await slow.promise
    ended.push(item)
  })
  const thrown = running.catch((error: unknown) => [String(error), [...ended]])
  slow.resolve()
  expect(await thrown).toEqual(['Error: first', [2]])
  expect(began).toEqual([1, 2])
})
