import { until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { openBodyCache } from './body-cache.ts'

test('the bodies used last are kept, up to the size', () => {
  const cache = openBodyCache({ maxCharacters: 100 })
  cache.set('a', { name: 'a' }, 40)
  cache.set('b', { name: 'b' }, 40)
  expect(cache.get('a')).toEqual({ name: 'a' })
  cache.set('c', { name: 'c' }, 40)
  expect(cache.get('b')).toBeUndefined()
  expect(cache.get('a')).toEqual({ name: 'a' })
  expect(cache.get('c')).toEqual({ name: 'c' })
})

test('a body that is set again counts once, and one larger than the cache is not kept', () => {
  const cache = openBodyCache({ maxCharacters: 100 })
  for (let round = 0; round < 5; round++) cache.set('a', round, 60)
  cache.set('b', 'b', 40)
  expect([cache.get('a'), cache.get('b')]).toEqual([4, 'b'])
  cache.set('huge', 'x', 101)
  expect([cache.get('huge'), cache.get('a')]).toEqual([undefined, 4])
})

test('what nobody asks for is let go, what is in use stays', async () => {
  const cache = openBodyCache({ idleMs: 2_000 })
  const used = { used: true }
  cache.set('idle', {}, 10)
  cache.set('used', used, 10)
  await until(
    () => {
      expect(cache.get('used')).toBe(used)
      return cache.size() === 1
    },
    { what: 'what is idle is let go' },
  )
  expect(cache.get('idle')).toBeUndefined()
  await until(() => cache.size() === 0, { what: 'nothing is kept' })
})
