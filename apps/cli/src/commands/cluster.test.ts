import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { expect, test } from 'vitest'
import { expiryWarnings } from './cluster.ts'

const now = Date.parse('2026-11-23T07:00:00Z')
const hour = 3_600_000

test.each([
  [-1, 'expired at 2026-11-23T06:00:00.000Z'],
  [0.5, 'expires within the hour, at 2026-11-23T07:30:00.000Z'],
  [47, 'expires in 47 hours, at 2026-11-25T06:00:00.000Z'],
  [7 * 24, 'expires in 7 days, at 2026-11-30T07:00:00.000Z'],
])('credentials that end %d hours from now are warned of', (hours, told) => {
  const credentialsExpireAt = timestampFromDate(new Date(now + hours * hour))
  expect(expiryWarnings({ id: 'east', credentialsType: 'token', credentialsExpireAt }, now)).toEqual([
    `the token of cluster east ${told}: give another with \`plimsoll cluster add east\``,
  ])
})

test('credentials that end later than in a week, or never, are not', () => {
  const credentialsExpireAt = timestampFromDate(new Date(now + 169 * hour))
  expect(expiryWarnings({ id: 'east', credentialsType: 'token', credentialsExpireAt }, now)).toEqual([])
  expect(expiryWarnings({ id: 'east', credentialsType: 'token' }, now)).toEqual([])
})
