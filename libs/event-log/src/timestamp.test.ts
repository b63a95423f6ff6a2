import pg from 'pg'
import { expect, test } from 'vitest'
import { parseTimestamp } from './timestamp.ts'

test.each([
  '2026-11-23 07:33:10+00',
  '2026-11-23 07:33:10.5+00',
  '2026-11-23 07:33:10.007+00',
  '2026-11-23 07:33:10.123456+00',
  '2026-11-23 07:33:10.999999+00',
  '2026-02-28 23:59:59.29+00',
  '1999-12-31 00:00:00.001+00',
  '2026-11-23 07:33:10.123+05:30',
  '2026-11-23 07:33:10-08',
  '0099-01-01 00:00:00+00',
  '20266-11-23 07:33:10+00',
  '0044-03-15 12:00:00+00 BC',
  'infinity',
  '-infinity',
])('%s is the instant that the driver reads', (text) => {
  expect(parseTimestamp(text)).toEqual(pg.types.getTypeParser(1184)(text))
})
