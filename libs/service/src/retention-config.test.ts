import { expect, test } from 'vitest'
import { readRetention } from './retention-config.ts'

test('ninety days and a hundred syncs are kept, unless the operator says otherwise', () => {
  expect(readRetention({})).toEqual({ ageMs: 90 * 86_400_000, count: 100 })
  expect(readRetention({ PLIMSOLL_RETENTION_AGE: '12h', PLIMSOLL_RETENTION_COUNT: '3' })).toEqual({
    ageMs: 43_200_000,
    count: 3,
  })
  expect(readRetention({ PLIMSOLL_RETENTION_AGE: 'forever' })).toBeUndefined()
})

test.each([
  { PLIMSOLL_RETENTION_AGE: '0s' },
  { PLIMSOLL_RETENTION_AGE: 'a while' },
  { PLIMSOLL_RETENTION_AGE: '40000d' },
  { PLIMSOLL_RETENTION_COUNT: '0' },
  { PLIMSOLL_RETENTION_COUNT: 'all' },
])('%o is refused by name', (env) => {
  expect(() => readRetention(env)).toThrow(Object.keys(env)[0])
})
