import { expect, test } from 'vitest'
import { evolveRepositoryRow, initialRepositoryRow } from './repository-row.ts'
import type { RepositoryEvent } from './repository.ts'

const failed = (kind: 'unreachable' | 'auth-refused'): RepositoryEvent => ({
  type: 'SourceFailed',
  data: { kind, message: `it is ${kind}`, retryable: true },
})
const recovered: RepositoryEvent = { type: 'SourceRecovered', data: { revision: 'c0ffee' } }

test('a remote fails since the first failure, whatever the reason, until it is read again', () => {
  const events = [failed('unreachable'), failed('auth-refused'), recovered, failed('unreachable')]
  let row = initialRepositoryRow
  const since = events.map((event, nth) => {
    row = evolveRepositoryRow(row, event, `2026-11-23T07:0${nth}:00.000Z`)
    return row.failing_since
  })
  const [first, last] = ['2026-11-23T07:00:00.000Z', '2026-11-23T07:03:00.000Z']
  expect(since).toEqual([first, first, null, last])
  expect(row.failure?.message).toBe('it is unreachable')
})
