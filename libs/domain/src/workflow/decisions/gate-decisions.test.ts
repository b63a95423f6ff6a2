import { describe, expect, test } from 'vitest'
import { workflowSamples as sample } from '../../../test/samples.ts'
import { requestSync, nextPlanning } from './decisions.ts'
import type { WorkflowEvent } from '../events/events.ts'
import {
  approvalRefusal,
  approveSync,
  askForApproval,
  awaitsApproval,
  cancelSync,
  expireApproval,
  holdSync,
  pauseWorkflow,
  refuseSync,
  refuseUnapproved,
  resumeWorkflow,
} from './gate-decisions.ts'
import { evolveWorkflow } from '../state/evolve-workflow.ts'
import { initialWorkflow } from '../state/state.ts'
import type { Workflow } from '../state/state.ts'
import { initialWorkflowRow, workflowStatus } from '../status/status.ts'
import { supersede } from './supersede.ts'

const digest = `plan:${'ab'.repeat(32)}`
const other = `plan:${'cd'.repeat(32)}`
const expiry = '2026-11-24T06:00:00.000Z'
const created: WorkflowEvent = {
  type: 'WorkflowCreated',
  data: {
    ...sample.WorkflowCreated.data,
    approval: { required: false, from_impact: 'high', allow_requester: false, expires_ms: 3_600_000 },
  },
}
const asked = (by: string | null = 'ada'): WorkflowEvent => ({
  type: 'SyncRequested',
  data: {
    sync_id: 's',
    trigger: by === null ? 'auto' : 'manual',
    revision: 'c0ffee',
    plan: null,
    by,
    prune_kept: false,
  },
})
const planned = (over: { readonly digest?: string; readonly tree?: string } = {}): WorkflowEvent => ({
  type: 'PlanMade',
  data: { ...sample.PlanMade.data, digest, tree: 't1', revision: 'c0ffee', ...over, sync_id: 's' },
})
const reason = 'approval.required is set'
const waits: WorkflowEvent = {
  type: 'ApprovalRequested',
  data: { sync_id: 's', plan: digest, expires_at: expiry, reason },
}
const approved: WorkflowEvent = { type: 'SyncApproved', data: { sync_id: 's', plan: digest, by: 'grace', reason: '' } }
const started: WorkflowEvent = { type: 'SyncStarted', data: { ...sample.SyncStarted.data, sync_id: 's' } }
const held: WorkflowEvent = { type: 'SyncHeld', data: { sync_id: 's', gate: 'window', message: 'the freeze lasts' } }

const after = (...events: readonly WorkflowEvent[]): Workflow => events.reduce(evolveWorkflow, initialWorkflow)
const failure = (stage: string, message: string) => ({
  type: 'SyncFailed',
  data: expect.objectContaining({ sync_id: 's', revision: 'c0ffee', stage, message, inventory: null }) as unknown,
})

type Row = [string, readonly WorkflowEvent[], (workflow: Workflow) => readonly WorkflowEvent[], readonly unknown[]]
const paused: WorkflowEvent = { type: 'WorkflowPaused', data: { by: 'ada', reason: 'moving' } }

test.each<Row>([
  ['a workflow is paused', [created], pauseWorkflow('ada', 'moving'), [paused]],
  ['a pause stands', [created, paused], pauseWorkflow('bob', ''), []],
  ['what is not there is not paused', [], pauseWorkflow('ada', ''), []],
  ['a pause ends', [created, paused], resumeWorkflow('bob'), [{ type: 'WorkflowResumed', data: { by: 'bob' } }]],
  ['what is not paused is not resumed', [created], resumeWorkflow('bob'), []],

  [
    'what holds a sync back is said',
    [created, asked(), planned()],
    holdSync('s', 'window', 'the freeze lasts'),
    [held],
  ],
  ['it is said once', [created, asked(), planned(), held], holdSync('s', 'window', 'the freeze lasts'), []],
  [
    'another reason is said again',
    [created, asked(), planned(), held],
    holdSync('s', 'dependency', 'the database is not synced'),
    [{ type: 'SyncHeld', data: { sync_id: 's', gate: 'dependency', message: 'the database is not synced' } }],
  ],
  ['a sync that writes is not held back', [created, asked(), planned(), started], holdSync('s', 'window', ''), []],

  ['an approval is asked for', [created, asked(), planned()], askForApproval('s', new Date(expiry), [reason]), [waits]],
  ['it is asked for once', [created, asked(), planned(), waits], askForApproval('s', new Date(expiry), [reason]), []],
  [
    'another plan needs another approval',
    [created, asked(), planned(), waits, planned({ digest: other })],
    askForApproval('s', new Date(expiry), [reason]),
    [{ type: 'ApprovalRequested', data: { sync_id: 's', plan: other, expires_at: expiry, reason } }],
  ],
  ['a sync is approved', [created, asked(), planned(), waits], approveSync(digest, 'grace', ''), [approved]],
  [
    'the beginning of the digest is enough',
    [created, asked(), planned(), waits],
    approveSync('abababab', 'grace', ''),
    [approved],
  ],
  ['it is approved once', [created, asked(), planned(), waits, approved], approveSync(digest, 'grace', ''), []],
  ['not by who asked for it', [created, asked('grace'), planned(), waits], approveSync(digest, 'grace', ''), []],
  ['not another plan', [created, asked(), planned(), waits], approveSync(other, 'grace', ''), []],
  [
    'a plan is refused',
    [created, asked(), planned(), waits],
    refuseSync('grace', 'not today'),
    [
      { type: 'SyncRefused', data: { sync_id: 's', by: 'grace', reason: 'not today' } },
      failure('approval', 'grace refused the plan: not today'),
    ],
  ],
  ['what is approved is not refused', [created, asked(), planned(), waits, approved], refuseSync('grace', ''), []],
  ['nothing waits, so nothing is refused', [created, asked(), planned()], refuseSync('grace', ''), []],
  [
    'nobody approves in time',
    [created, asked(), planned(), waits],
    expireApproval('s', new Date(expiry)),
    [failure('approval', `nobody approved the plan before ${expiry}`)],
  ],
  [
    'there is time left',
    [created, asked(), planned(), waits],
    expireApproval('s', new Date(Date.parse(expiry) - 1)),
    [],
  ],
  [
    'what was approved does not expire',
    [created, asked(), planned(), waits, approved],
    expireApproval('s', new Date(expiry)),
    [],
  ],

  [
    'a sync that waits is cancelled at once',
    [created, asked(), planned(), held],
    cancelSync('ada', ''),
    [failure('cancelled', 'cancelled by ada')],
  ],
  [
    'a sync that writes is told to stop',
    [created, asked(), planned(), started],
    cancelSync('ada', 'wrong'),
    [{ type: 'CancelRequested', data: { sync_id: 's', by: 'ada', reason: 'wrong' } }],
  ],
  [
    'it is told once',
    [created, asked(), planned(), started, { type: 'CancelRequested', data: { sync_id: 's', by: 'ada', reason: '' } }],
    cancelSync('ada', ''),
    [],
  ],
  ['nothing runs, so nothing is cancelled', [created], cancelSync('ada', ''), []],
])('%s', (_title, given, decide, then) => {
  expect(decide(after(...given))).toEqual(then)
})

test.each<[string, readonly WorkflowEvent[], string, string, string | undefined]>([
  ['nothing waits', [created, asked(), planned()], digest, 'grace', 'nothing-waits'],
  ['it was approved already', [created, asked(), planned(), waits, approved], digest, 'grace', 'nothing-waits'],
  ['it is another plan', [created, asked(), planned(), waits], other, 'grace', 'another-plan'],
  [
    'seven characters say too little',
    [created, asked(), planned(), waits],
    digest.slice(5, 12),
    'grace',
    'another-plan',
  ],
  ['it is the own request', [created, asked('grace'), planned(), waits], digest, 'grace', 'own-request'],
  ['nobody asked', [created, asked(null), planned(), waits], digest, 'grace', undefined],
  ['somebody else asked', [created, asked(), planned(), waits], digest.slice(0, 13), 'grace', undefined],
])('an approval: %s', (_title, given, plan, by, refusal) => {
  expect(approvalRefusal(after(...given), plan, by)).toBe(refusal)
})

describe('a sync whose plan was approved', () => {
  const head = { revision: 'c0ffee', tree: 'root', message: '', author: '', committed_at: '' }

  test('is planned again at the same revision, and must come to the same plan', () => {
    const workflow = after(created, asked(null), planned(), waits, approved)
    expect(workflow.sync).toMatchObject({ exactly: digest, revision: 'c0ffee', plan: null })
    expect(nextPlanning(workflow, { head, tree: 't2' }, true)).toEqual({
      action: 'plan',
      revision: 'c0ffee',
      syncId: 's',
    })
  })

  test('needs no other approval, and is not outrun by a newer commit', () => {
    const workflow = after(created, asked(null), planned(), waits, approved, planned())
    if (workflow.config === null || !workflow.sync?.plan) throw new Error('no sync is planned')
    expect(awaitsApproval(workflow.config, workflow.sync, workflow.sync.plan)).toEqual([])
    const guards = ['3 of 4 objects would be deleted']
    expect(awaitsApproval(workflow.config, workflow.sync, workflow.sync.plan, guards)).toEqual([])
    expect(nextPlanning(workflow, { head, tree: 't2' }, true)).toEqual({ action: 'wait' })
  })
})

describe('a sync that would delete much', () => {
  const guards = ['3 of 4 objects would be deleted (75 %), and sync_policy.prune_budget is 50 %']
  const free: WorkflowEvent = {
    type: 'WorkflowCreated',
    data: {
      ...sample.WorkflowCreated.data,
      approval: { required: false, from_impact: null, allow_requester: false, expires_ms: 3_600_000 },
    },
  }
  const open = (...events: readonly WorkflowEvent[]) => {
    const { config, sync } = after(free, asked(null), ...events)
    if (config === null || !sync?.plan) throw new Error('no sync is planned')
    return awaitsApproval(config, sync, sync.plan, guards)
  }

  test('waits for approval although the workflow asks for none', () => {
    expect(open(planned())).toEqual(guards)
    expect(open(planned(), waits)).toEqual(guards)
  })

  test('needs no other approval of that very plan, and another for any other', () => {
    expect(open(planned(), waits, approved, planned())).toEqual([])
    expect(open(planned(), waits, approved, planned({ digest: other }))).toEqual(guards)
  })

  test('is told with the reasons of the workflow, if it has some too', () => {
    const { config, sync } = after(created, asked(null), planned())
    if (config === null || !sync?.plan) throw new Error('no sync is planned')
    expect(awaitsApproval(config, sync, sync.plan, guards)).toEqual(['it has a change of high impact', ...guards])
  })

  test('fails where there is no plan to approve', () => {
    const [failed, ...others] = refuseUnapproved('s', 'shop', guards)(after(free, asked(null), planned()))
    expect(others).toEqual([])
    expect(failed).toMatchObject({
      type: 'SyncFailed',
      data: { sync_id: 's', stage: 'approval', faults: [{ because: guards[0] }], inventory: null },
    })
    expect(refuseUnapproved('s', 'shop', guards)(after(free, asked(null), planned(), started))).toEqual([])
  })
})

describe('a sync that waits', () => {
  const head = { revision: 'beef', tree: 'root', message: '', author: '', committed_at: '' }
  const waiting = after(created, asked(null), planned(), waits)

  test('is outrun by a newer commit while auto-sync is on', () => {
    expect(nextPlanning(waiting, { head, tree: 't2' }, true)).toEqual({ action: 'plan', revision: null, syncId: null })
    expect(nextPlanning(waiting, { head, tree: 't2' }, false)).toEqual({ action: 'wait' })
    expect(nextPlanning(waiting, { head, tree: 't1' }, true)).toEqual({ action: 'wait' })
    const [superseded] = requestSync('s2', 'auto', 'beef')(waiting)
    expect(superseded).toEqual(supersede('s', 's2'))
  })

  test('does not hold a preview up', () => {
    const workflow = evolveWorkflow(waiting, { type: 'PlanRequested', data: { revision: null } })
    expect(nextPlanning(workflow, { head, tree: 't1' }, true)).toEqual({ action: 'plan', revision: null, syncId: null })
  })

  test('is active and running to who asks, and says for what it waits', () => {
    expect(workflowStatus({ ...initialWorkflowRow, workflow: waiting })).toMatchObject({
      status: 'active',
      reason: `A sync waits until somebody approves its plan abababababab, at the latest at ${expiry}, because approval.required is set.`,
      approval: { plan: digest, expires_at: expiry },
      last_sync_result: { status: 'running' },
    })
    const frozen = after(created, asked(null), planned(), held)
    expect(workflowStatus({ ...initialWorkflowRow, workflow: frozen })).toMatchObject({
      status: 'active',
      reason: 'A sync waits: the freeze lasts.',
      approval: null,
    })
  })
})

test('the plan of a sync is no answer to a preview, which is made after it', () => {
  const head = { revision: 'beef', tree: 'root', message: '', author: '', committed_at: '' }
  const preview: WorkflowEvent = { type: 'PlanRequested', data: { revision: null } }
  const workflow = after(created, asked(), preview, planned())
  expect(nextPlanning(workflow, { head, tree: 't1' }, false)).toEqual({ action: 'plan', revision: null, syncId: null })
  const answered: WorkflowEvent = { type: 'PlanMade', data: { ...sample.PlanMade.data, sync_id: null } }
  expect(evolveWorkflow(workflow, answered).wanted).toBeNull()
})

test('a paused workflow does not sync by itself', () => {
  const head = { revision: 'beef', tree: 'root', message: '', author: '', committed_at: '' }
  const newest = { head, tree: sample.PlanMade.data.tree }
  const preview: WorkflowEvent = { type: 'PlanMade', data: { ...sample.PlanMade.data, sync_id: null } }
  expect(nextPlanning(after(created, preview), newest, true)).toEqual({ action: 'request-sync' })
  expect(nextPlanning(after(created, paused, preview), newest, true)).toEqual({ action: 'none' })
})
