import { expect, test } from 'vitest'
import { openTurns } from './turns.ts'

const of = (isSilent: () => boolean) => {
  const pulse = { isSilent, beat: () => {}, wait: () => ({ [Symbol.dispose]: () => {} }) }
  return { connection: { server: new URL('https://east.example.com'), pulse } }
}

test('work that waits for a silent cluster takes no places, and no more waits than there are places', async () => {
  let silent = false
  const east = of(() => silent)
  const west = of(() => false)
  const turns = openTurns(2)
  const end = Promise.withResolvers<string>()
  const waiting = [turns.take(east, () => end.promise), turns.take(east, () => end.promise)]
  expect(turns.places()).toBe(2)
  silent = true
  expect(turns.places()).toBe(4)
  await expect(turns.take(east, () => Promise.resolve('begun'))).rejects.toMatchObject({
    kind: 'unavailable',
    retryable: true,
    retryAfterMs: 1_000,
  })
  expect(await turns.take(west, () => Promise.resolve('begun'))).toBe('begun')
  end.resolve('done')
  expect(await Promise.all(waiting)).toEqual(['done', 'done'])
  expect(turns.places()).toBe(2)
  expect(await turns.take(east, () => Promise.resolve('tried'))).toBe('tried')
})
