import { expect, test } from 'vitest'
import { workflowSamples as sample } from '../../../test/samples.ts'
import type { WorkflowEvent } from '../events/events.ts'
import { historyFold, syncsFrom } from '../state/history.ts'
import type { History } from '../state/history.ts'
import { resolvePoint } from './rollback-point.ts'
import type { RollbackPoint } from './rollback-point.ts'

const instant = (minute: number) => new Date(Date.UTC(2026, 10, 23, 6, minute)).toISOString()
const revisionOf = (nth: number) => `${nth}`.repeat(40)

/** The events of a sync of revision `nth`, which begins in that minute. */
function sync(nth: number, { ok = true, idle = false } = {}): readonly (readonly [number, WorkflowEvent])[] {
  const ids = { sync_id: `s${nth}`, revision: revisionOf(nth) }
  const end: WorkflowEvent = ok
    ? { type: 'SyncSucceeded', data: { ...sample.SyncSucceeded.data, ...ids } }
    : { type: 'SyncFailed', data: { ...sample.SyncFailed.data, ...ids } }
  const events: readonly WorkflowEvent[] = [
    { type: 'SyncRequested', data: { ...sample.SyncRequested.data, ...ids } },
    { type: 'PlanMade', data: { ...sample.PlanMade.data, ...ids, objects: `set:${nth}` } },
    { type: 'SyncStarted', data: { ...sample.SyncStarted.data, ...ids, backup: `backup-${nth}` } },
    { type: 'BackupExtended', data: { sync_id: ids.sync_id, backup: `more-${nth}` } },
    { type: 'WaveApplied', data: { sync_id: ids.sync_id, wave: 0, applied: idle ? 0 : 1, failed: 0, rebased: null } },
    end,
  ]
  return events.map((event) => [nth, event] as const)
}

function rollback(minute: number, from: number): readonly (readonly [number, WorkflowEvent])[] {
  const before = from === 1 ? null : revisionOf(from - 1)
  const ids = { rollback_id: `r${minute}` }
  const events: readonly WorkflowEvent[] = [
    {
      type: 'RollbackRequested',
      data: { ...sample.RollbackRequested.data, ...ids, undo_from: `s${from}`, revision: before },
    },
    { type: 'RollbackStarted', data: { ...sample.RollbackStarted.data, ...ids } },
    { type: 'RollbackSucceeded', data: { ...sample.RollbackSucceeded.data, ...ids, revision: before } },
  ]
  return events.map((event) => [minute, event] as const)
}

const historyOf = (...parts: readonly (readonly (readonly [number, WorkflowEvent])[])[]): History =>
  [[[0, sample.WorkflowCreated] as const], ...parts]
    .flat()
    .reduce<History>(
      (history, [minute, event]) => historyFold.evolve(history, { event, at: instant(minute) }),
      historyFold.initial,
    )

const three = [sync(1), sync(2), sync(3)]
const from = (nth: number) => ({
  found: 'target',
  target: { undo_from: `s${nth}`, revision: nth === 1 ? null : revisionOf(nth - 1) },
})
const here = { found: 'here' }

test.each<[string, History, RollbackPoint, object]>([
  ['the revision before', historyOf(...three), { revision: revisionOf(2) }, from(3)],
  ['a shortened revision further back', historyOf(...three), { revision: '1111' }, from(2)],
  ['the revision that is applied', historyOf(...three), { revision: revisionOf(3) }, here],
  [
    'the revision that a sync failed after',
    historyOf(...three, sync(4, { ok: false })),
    { revision: revisionOf(3) },
    from(4),
  ],
  [
    'the revision that two syncs failed after',
    historyOf(...three, sync(4, { ok: false }), sync(5, { ok: false })),
    { revision: revisionOf(3) },
    from(4),
  ],
  ['the revision that a rollback has put back', historyOf(...three, rollback(4, 3)), { revision: revisionOf(2) }, here],
  [
    'a revision further back after a rollback',
    historyOf(...three, rollback(4, 3)),
    { revision: revisionOf(1) },
    from(2),
  ],
  [
    'a revision that was synced and changed nothing',
    historyOf(sync(1), sync(2, { idle: true }), sync(3)),
    { revision: revisionOf(2) },
    from(3),
  ],
  ['an instant between two syncs', historyOf(...three), { instant: '2026-11-23T06:01:30.000Z' }, from(2)],
  ['an instant before all', historyOf(...three), { instant: instant(0) }, from(1)],
  ['an instant after all', historyOf(...three), { instant: instant(9) }, here],
  ['an instant after a rollback', historyOf(...three, rollback(5, 3)), { instant: instant(6) }, here],
])('%s is found', (_title, history, point, answer) => {
  expect(resolvePoint(history, point)).toMatchObject(answer)
})

test.each<[string, History, RollbackPoint, string]>([
  [
    'a revision that never was applied',
    historyOf(...three),
    { revision: 'beef' },
    'known are 111111111111, 222222222222',
  ],
  [
    'a revision that was rolled back',
    historyOf(...three, rollback(4, 3)),
    { revision: revisionOf(3) },
    'no sync that can be undone',
  ],
  [
    'an instant at which something stood that was rolled back',
    historyOf(...three, rollback(5, 3)),
    { instant: instant(4) },
    `revision ${'3'.repeat(12)} was applied`,
  ],
])('%s is not gone to', (_title, history, point, because) => {
  const answer = resolvePoint(history, point)
  expect(answer.found).toBe('nothing')
  expect(answer.found === 'nothing' && answer.because).toContain(because)
})

test('a sync that is to be undone knows what lived and counted before it', () => {
  expect(syncsFrom(historyOf(...three), 's2').map(({ id }) => id)).toEqual(['s2', 's3'])
  expect(syncsFrom(historyOf(...three), 's2')[0]).toMatchObject({
    objects: 'set:2',
    backups: ['backup-2', 'more-2'],
    before: { applied: { revision: revisionOf(1) }, inventory: sample.SyncSucceeded.data.inventory },
    hasFailed: false,
  })
  expect(syncsFrom(historyOf(...three, rollback(4, 3)), 's3')).toEqual([])
})

test('syncs that failed are undone with the one after them, and one that wrote nothing leaves the newest that did', () => {
  const ids = (history: History, undoFrom: string) => syncsFrom(history, undoFrom).map(({ id }) => id)
  const twice = [...three, sync(4, { ok: false }), sync(5, { ok: false })]
  expect(ids(historyOf(...twice), 's5')).toEqual(['s4', 's5'])
  expect(ids(historyOf(...twice, sync(6)), 's6')).toEqual(['s4', 's5', 's6'])
  expect(ids(historyOf(...three, sync(4, { idle: true })), 's4')).toEqual(['s3'])
  expect(ids(historyOf(...three, rollback(4, 3), sync(5, { idle: true })), 's5')).toEqual([])
})

test('a workflow that is created anew has no history', () => {
  const released: WorkflowEvent = sample.WorkflowReleased
  expect(
    historyOf(...three, [
      [9, sample.WorkflowDeleted],
      [9, released],
      [9, sample.WorkflowCreated],
    ]).done,
  ).toEqual([])
})
