import { expect, test } from 'vitest'
import { workflowSamples as sample } from '../../../test/samples.ts'
import { workflowCodec } from '../../codec.ts'
import type { WorkflowEvent } from '../events/events.ts'
import { historyFold, trimmedText } from '../state/history.ts'
import { retain, trimmable } from './retention.ts'
import type { RetentionPolicy } from './retention.ts'
import { resolvePoint } from './rollback-point.ts'

const day = 86_400_000
const start = Date.UTC(2026, 0, 1)
const digest = (text: string) => `hmac:${Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)}`
const textOf = (digest: string) => Buffer.from(digest.slice(5).replace(/(00)+$/, ''), 'hex').toString()

type At = { readonly day: number; readonly event: WorkflowEvent }

function stored(events: readonly At[]) {
  return events.map(({ day: nth, event }, index) => ({
    ...workflowCodec.encode(event),
    id: 100 + index,
    version: index + 1,
    recordedAt: new Date(start + nth * day),
  }))
}

const plan = (id: string, sync: string | null = id) =>
  ({
    ...sample.PlanMade.data,
    revision: `revision ${id}`,
    plan: digest(`plan ${id}`),
    steps: digest(`steps ${id}`),
    manifest_set: digest(`set ${id}`),
    objects: `objects ${id}`,
    sync_id: sync,
  }) as const

const inventory = (id: string) => digest(`inventory ${id}`)

const created: WorkflowEvent = sample.WorkflowCreated

/** A sync of one day. */
function sync(nth: number, id: string, end: 'SyncSucceeded' | 'SyncFailed' = 'SyncSucceeded'): readonly At[] {
  const made = plan(id)
  const { revision } = made
  const set = { revision, plan: made.plan, steps: made.steps, manifest_set: made.manifest_set }
  const ended = { sync_id: id, revision, inventory: inventory(id), manifest_set: made.manifest_set }
  return [
    { type: 'SyncRequested', data: { ...sample.SyncRequested.data, sync_id: id, plan: null } },
    { type: 'PlanMade', data: made },
    {
      type: 'SyncStarted',
      data: {
        ...sample.SyncStarted.data,
        ...set,
        sync_id: id,
        backup: digest(`backup ${id}`),
        inventory: inventory(id),
      },
    },
    { type: 'WaveApplied', data: { ...sample.WaveApplied.data, sync_id: id, rebased: null } },
    { type: end, data: { ...sample[end].data, ...ended } },
  ].map((event) => ({ day: nth, event: event as WorkflowEvent }))
}

const preview = (nth: number, id: string): At => ({
  day: nth,
  event: {
    type: 'PreviewMade',
    data: { ...sample.PreviewMade.data, plan: digest(`preview ${id}`), manifest_set: digest(`preview set ${id}`) },
  },
})

const policy = (age: number, count: number): RetentionPolicy => ({ ageMs: age * day, count })

function look(events: readonly At[], rule: RetentionPolicy, today: number) {
  return trimmable(retain(undefined, stored([{ day: 0, event: created }, ...events])), rule, start + today * day)
}

/** Bodies that nothing names any more. */
function dropped(events: readonly At[], rule: RetentionPolicy, today: number): readonly string[] {
  const retained = retain(undefined, stored([{ day: 0, event: created }, ...events]))
  const gone = trimmable(retained, rule, start + today * day)?.references ?? []
  const left = new Set(retained.references.filter((each) => !gone.includes(each)).map((each) => each.digest))
  return [...new Set(gone.map((each) => each.digest))]
    .filter((each) => !left.has(each))
    .map(textOf)
    .toSorted()
}

const all = (id: string) => ['backup', 'inventory', 'plan', 'set', 'steps'].map((what) => `${what} ${id}`)
const five = [1, 2, 3, 4, 5].flatMap((nth) => sync(nth * 10, `s${nth}`))

test.each([
  ['young syncs stay, however many', policy(100, 1), 60, []],
  ['the newest stay, however old', policy(1, 5), 1_000, []],
  [
    'what is neither young nor among the newest goes',
    policy(1, 2),
    1_000,
    [...all('s1'), ...all('s2'), 'backup s3', 'plan s3', 'steps s3'],
  ],
  ['what held at the oldest kept instant stays', policy(25, 1), 60, [...all('s1'), 'backup s2', 'plan s2', 'steps s2']],
])('%s', (_, rule, today, gone) => {
  expect(dropped(five, rule, today)).toEqual([...gone].toSorted())
})

test('what the oldest sync that is kept would be rolled back to stays', () => {
  expect(dropped(five, policy(1, 2), 1_000)).not.toEqual(expect.arrayContaining(['set s3']))
  expect(dropped(five, policy(1, 2), 1_000)).not.toEqual(expect.arrayContaining(['inventory s3']))
})

test('syncs that failed are kept with what was good before them, however many there are', () => {
  const failing = [2, 3, 4, 5].flatMap((nth) => sync(nth * 10, `s${nth}`, 'SyncFailed'))
  const gone = dropped([...sync(10, 's1'), ...failing], policy(1, 1), 1_000)
  expect(gone).toEqual(['backup s1', 'plan s1', 'steps s1'])
})

test('nothing goes while a sync writes, or a rollback is asked for or shown', () => {
  const open = sync(60, 's6').slice(0, 4)
  expect(look([...five, ...open], policy(1, 1), 1_000)).toBeUndefined()
  const asked = { ...sample.RollbackRequested.data, undo_from: 's5' }
  expect(
    look([...five, { day: 60, event: { type: 'RollbackRequested', data: asked } }], policy(1, 1), 1_000),
  ).toBeUndefined()
  const { rollback_id, undo_from, revision, force } = asked
  const shown = { rollback_id, undo_from, revision, force }
  expect(
    look([...five, { day: 60, event: { type: 'RollbackPlanRequested', data: shown } }], policy(1, 1), 1_000),
  ).toBeUndefined()
})

test('the plan that a sync waits with stays for as long as it waits', () => {
  const waiting = sync(60, 's6').slice(0, 2)
  const later = Array.from({ length: 5 }, (_, nth) => preview(61 + nth, `p${nth}`))
  const gone = dropped([...five, ...waiting, ...later], policy(1, 2), 1_000)
  expect(gone.filter((text) => text.endsWith('s6'))).toEqual([])
  expect(gone).toEqual(expect.arrayContaining(['preview p0', 'preview p1', 'preview p2']))
  expect(gone).not.toEqual(expect.arrayContaining(['preview p3']))
})

test('previews go by age and count of their own, while no sync follows', () => {
  const previews = Array.from({ length: 6 }, (_, nth) => preview(60 + nth, `p${nth}`))
  const trim = look([...five, ...previews], policy(1, 5), 1_000)
  expect(trim?.references.map((gone) => textOf(gone.digest))).toEqual(
    expect.arrayContaining(['preview p0', 'preview set p0']),
  )
  expect(trim?.syncsBefore).toBeNull()
  expect(trim?.plansBefore).toBe(new Date(start + 61 * day).toISOString())
  const younger = dropped([...five, ...previews], policy(950, 1), 1_000)
  expect(younger.filter((text) => text.startsWith('preview'))).toEqual([])
})

test('a body that something newer names too stays', () => {
  const again = sync(60, 's1')
  expect(dropped([...five, ...again], policy(1, 1), 1_000)).not.toEqual(expect.arrayContaining(['set s1']))
})

test('what a rollback rejected can still be looked at', () => {
  const rejected: At = {
    day: 55,
    event: { type: 'RevisionRejected', data: { ...sample.RevisionRejected.data, objects: 'objects s5' } },
  }
  const later = Array.from({ length: 5 }, (_, nth) => preview(61 + nth, `p${nth}`))
  const gone = dropped([...five, rejected, ...later], policy(1, 1), 1_000)
  expect(gone.filter((text) => text.endsWith('s5'))).toEqual([])
})

test('of a workflow that is gone only what is young stays', () => {
  const gone: readonly At[] = [
    { day: 60, event: sample.WorkflowDeleted },
    { day: 60, event: sample.WorkflowReleased },
  ]
  expect(dropped([...five, ...gone], policy(1, 100), 1_000)).toEqual(
    [1, 2, 3, 4, 5].flatMap((nth) => all(`s${nth}`)).toSorted(),
  )
  expect(dropped([...five, ...gone], policy(5, 100), 62)).not.toEqual(expect.arrayContaining(['set s5']))
})

test('a stream that is read in parts is retained as one that is read at once', () => {
  const rows = stored([{ day: 0, event: created }, ...five])
  let parts = retain(undefined, rows.slice(0, 7))
  parts = retain(parts, rows.slice(7, 8))
  parts = retain(parts, rows.slice(8))
  expect(parts).toEqual(retain(undefined, rows))
})

test('it is known when age alone will let more go', () => {
  // The plan of the first sync is the oldest; then its reign, which ended with the second.
  expect(look(five, policy(100, 1), 60)?.lookAgainAt).toBe(start + 110 * day)
  expect(look(five, policy(100, 1), 115)?.lookAgainAt).toBe(start + 120 * day)
  expect(look(five, policy(100, 10), 60)?.lookAgainAt).toBeNull()
})

test('a rollback to what was dropped says when it was', () => {
  const trim = look(five, policy(1, 2), 1_000)
  const trimmed: At = {
    day: 1_000,
    event: {
      type: 'HistoryTrimmed',
      data: { ...sample.HistoryTrimmed.data, syncs_before: trim?.syncsBefore ?? null, plans_before: null },
    },
  }
  const history = stored([{ day: 0, event: created }, ...five, trimmed]).reduce(
    (folded, row) => historyFold.evolve(folded, historyFold.decode(row)),
    historyFold.initial,
  )
  const because = expect.stringContaining(
    'manifests, backups and inventories of syncs before 2026-02-10T00:00:00.000Z were dropped by retention on 2028-09-27T',
  ) as string
  expect(resolvePoint(history, { revision: 'revision s1' })).toEqual({ found: 'nothing', because })
  expect(resolvePoint(history, { instant: new Date(start + 15 * day).toISOString() })).toEqual({
    found: 'nothing',
    because,
  })
  expect(resolvePoint(history, { instant: new Date(start + 35 * day).toISOString() })).toMatchObject({
    found: 'target',
    target: { undo_from: 's4', revision: 'revision s3' },
  })
  expect(history.trimmed && trimmedText(history.trimmed)).toMatch(/dropped by retention/)
})
