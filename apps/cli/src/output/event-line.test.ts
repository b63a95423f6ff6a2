import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { EventSchema } from '@plimsoll/proto'
import { expect, test } from 'vitest'
import { eventLine } from './event-line.ts'

const base = {
  position: 12n,
  recordedAt: timestampFromDate(new Date('2026-11-23T07:00:00Z')),
  stream: 'workflow-shop',
  type: 'SyncRequested',
  actor: 'syncer',
}
const lineOf = (data: Record<string, string | boolean | null>, more: object = {}) =>
  eventLine(create(EventSchema, { ...base, data, ...more }))

test('a sync that is asked for tells by what, and by whom first', () => {
  const sync = { sync_id: 'sync-1', revision: 'c0ffee0123456789' }
  expect(lineOf({ ...sync, trigger: 'manual', by: 'ada' })).toBe(
    '    12  2026-11-23T07:00:00.000Z  workflow-shop             SyncRequested         by syncer       manual, asked for by ada  c0ffee0123\n',
  )
  expect(lineOf({ ...sync, trigger: 'manual', by: 'ada' }, { actor: 'ada' })).toMatch(
    /by ada {10}manual {2}c0ffee0123\n$/,
  )
  expect(lineOf({ ...sync, trigger: 'auto', by: null })).toMatch(/by syncer {7}auto {2}c0ffee0123\n$/)
  expect(lineOf({ ...sync, trigger: 'heal', by: null })).toMatch(/by syncer {7}heal {2}c0ffee0123\n$/)
})

test('other events tell what they hold of a hook, a message and a reason, on one line', () => {
  const data = { phase: 'PreSync', hook: 'Job/migrate', ok: false, message: 'exit\ncode 1' }
  expect(lineOf(data, { reason: 'looked at' })).toMatch(/ PreSync Job\/migrate failed {2}exit code 1 {2}looked at\n$/)
})

test('what is about a plan names it as people type it, with why it waits', () => {
  const [digest, blob] = ['plan:4f1e5a0c9b2d7788', 'sha256:0123']
  expect(lineOf({ revision: 'c0ffee0123456789', digest, plan: blob })).toMatch(/ c0ffee0123 {2}plan 4f1e5a0c9b2d\n$/)
  expect(lineOf({ plan: digest, reason: 'approval.required is set' })).toMatch(
    / plan 4f1e5a0c9b2d {2}approval.required is set\n$/,
  )
  expect(lineOf({ plan: blob })).not.toContain('plan ')
})
