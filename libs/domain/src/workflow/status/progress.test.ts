import { describe, expect, test } from 'vitest'
import { workflowSamples as sample } from '../../../test/samples.ts'
import { workflowConfig } from '../settings/config.ts'
import type { WorkflowRequest } from '../settings/config.ts'
import { requestSync } from '../decisions/decisions.ts'
import type { WorkflowEvent } from '../events/events.ts'
import { evolveWorkflow } from '../state/evolve-workflow.ts'
import { askForApproval, holdSync, pauseWorkflow } from '../decisions/gate-decisions.ts'
import { progressOf } from './progress.ts'
import type { Standing, WaitsFor } from './progress.ts'
import { initialWorkflow } from '../state/state.ts'
import type { Workflow } from '../state/state.ts'
import { initialWorkflowRow, workflowStatus } from './status.ts'

const newest = 'a1b2c3d4'.padEnd(40, '0')
const older = '0ffee0ff'.padEnd(40, '0')
type Decision = (workflow: Workflow) => readonly WorkflowEvent[]
const plan = (sync_id: string | null): WorkflowEvent => ({
  type: 'PlanMade',
  data: { ...sample.PlanMade.data, revision: newest, sync_id },
})
const synced = (revision: string): WorkflowEvent => ({
  type: 'SyncSucceeded',
  data: { ...sample.SyncSucceeded.data, sync_id: `to-${revision.slice(0, 4)}`, revision },
})
const asked: Decision = requestSync('s', 'auto', null)

/** A workflow that was synced to a revision, and what came after. */
function standing(
  request: Partial<WorkflowRequest> & { readonly id: string },
  revision: string | null,
  decisions: readonly (Decision | WorkflowEvent)[] = [],
  more: Partial<Standing> = {},
): Standing {
  const checked = workflowConfig({ repository: 'shop', auto_sync: true, ...request })
  if (!checked.ok) throw new Error('the configuration of a test must be sound')
  const created: WorkflowEvent = { type: 'WorkflowCreated', data: checked.value }
  const start = [created, ...(revision === null ? [] : [synced(revision)])]
  const workflow = [...start, ...decisions].reduce<Workflow>(
    (state, step) => (typeof step === 'function' ? step(state) : [step]).reduce(evolveWorkflow, state),
    initialWorkflow,
  )
  const status = workflowStatus({ ...initialWorkflowRow, workflow })
  if (status === undefined) throw new Error('there is a workflow')
  return { workflow, status, newest, isNewest: revision === newest, parked: null, ...more }
}

const progress = (standings: readonly Standing[], others: Readonly<Record<string, readonly string[]>> = {}) =>
  progressOf(standings, {
    autoSync: true,
    dependenciesOf: (id) =>
      standings.find(({ status }) => status.id === id)?.status.config.depends_on ?? others[id] ?? [],
  })

test('a hook that failed needs somebody, who is told where all of its output is', () => {
  const message = `the command "migrate" failed: ${'x'.repeat(300)}…`
  const failed: WorkflowEvent = {
    type: 'SyncFailed',
    data: { ...sample.SyncFailed.data, sync_id: 's', revision: newest, stage: 'hook', message },
  }
  const { summary } = progress([standing({ id: 'staging' }, older, [asked, plan('s'), failed])])
  expect(summary).toContain(`staging needs somebody: ${message} What it wrote, if it ran: \`plimsoll logs staging\`.`)
})

test('environments come in the order of promotion, and say what they hold', () => {
  const { environments, summary } = progress([
    standing({ id: 'a-production', labels: { environment: 'production' }, depends_on: ['b-staging'] }, older, [
      asked,
      plan('s'),
      askForApproval('s', new Date('2026-11-24T06:00:00Z'), ['approval.required is set']),
    ]),
    standing({ id: 'b-staging', labels: { environment: 'staging' }, depends_on: ['c-dev'] }, newest),
    standing({ id: 'c-dev', name: 'Development' }, newest),
  ])
  expect(
    environments.map(({ environment, current, follows, after, revision }) => [
      environment,
      current,
      follows,
      after,
      revision,
    ]),
  ).toEqual([
    ['Development', true, true, [], newest],
    ['staging', true, true, ['c-dev'], newest],
    ['production', false, false, ['b-staging'], older],
  ])
  expect(environments[2]?.waits_for).toEqual({
    gate: 'approval',
    who: 'a person',
    message: 'approval of plan 999999999999 (approval.required is set)',
    plan: sample.PlanMade.data.digest,
    until: '2026-11-24T06:00:00.000Z',
  })
  expect(summary).toBe(
    '2 of 3 environments have a1b2c3d; production waits for approval of plan 999999999999 (approval.required is set).',
  )
})

test('the order goes through workflows that are not selected, and by id where nothing orders', () => {
  const ids = (standings: readonly Standing[], others = {}) =>
    progress(standings, others).environments.map(({ workflow_id: id, after }) => [id, after])
  const a = standing({ id: 'a', depends_on: ['between'] }, newest)
  const [b, c] = [standing({ id: 'b' }, newest), standing({ id: 'c' }, newest)]
  expect(ids([a, c, b], { between: ['c'] })).toEqual([
    ['b', []],
    ['c', []],
    ['a', ['c']],
  ])
})

test.each<[string, readonly Standing[], string]>([
  ['nothing', [], 'No workflow is selected.'],
  ['one', [standing({ id: 'dev' }, newest)], 'The only environment has a1b2c3d.'],
  ['all', [standing({ id: 'dev' }, newest), standing({ id: 'prod' }, newest)], 'All 2 environments have a1b2c3d.'],
  [
    'several repositories',
    [standing({ id: 'dev' }, newest), standing({ id: 'api', repository: 'api' }, newest)],
    'All 2 environments have the newest commit.',
  ],
  [
    'many that wait',
    ['a', 'b', 'c', 'd', 'e'].map((id) => standing({ id, auto_sync: false }, older, [plan(null)])),
    '0 of 5 environments have a1b2c3d; a waits for `plimsoll sync a`; b waits for `plimsoll sync b`; c waits for `plimsoll sync c`; 2 more wait.',
  ],
])('the sentence for %s', (_title, standings, expected) => {
  expect(progress(standings).summary).toBe(expected)
})

describe('a workflow that is behind', () => {
  const behind = (
    decisions: readonly (Decision | WorkflowEvent)[],
    request: Partial<WorkflowRequest> = {},
    more: Partial<Standing> = {},
  ): WaitsFor | null | undefined =>
    progress([standing({ id: 'prod', ...request }, older, decisions, more)]).environments[0]?.waits_for

  test.each<[string, WaitsFor | null | undefined, Partial<WaitsFor>]>([
    [
      'another workflow',
      behind([asked, plan('s'), holdSync('s', 'dependency', 'it depends on dev, which is not synced (for a1b2)')], {
        depends_on: ['dev'],
      }),
      { gate: 'dependency', who: 'workflow dev' },
    ],
    [
      'a window',
      behind([asked, plan('s'), holdSync('s', 'window', 'no window is open')]),
      { gate: 'window', who: 'nobody' },
    ],
    [
      'a pause of its sync',
      behind([asked, plan('s'), holdSync('s', 'pause', 'ada paused it')]),
      { gate: 'pause', who: 'a person' },
    ],
    [
      'a pause',
      behind([pauseWorkflow('ada', 'moving'), plan(null)]),
      { gate: 'pause', message: 'ada paused it: moving' },
    ],
    ['its own sync', behind([asked]), { gate: 'engine', who: 'nobody' }],
    [
      'a person who syncs',
      behind([plan(null)], { auto_sync: false }),
      { gate: 'sync', message: '`plimsoll sync prod`' },
    ],
    ['the engine', behind([]), { gate: 'engine' }],
    [
      'a person who mends it',
      behind([{ type: 'PlanFailed', data: { ...sample.PlanFailed.data, sync_id: null } }]),
      { gate: 'person', who: 'a person' },
    ],
    [
      'a person who unparks it',
      behind([], {}, { parked: 'Planning is set aside: a bug; `plimsoll unpark prod`.' }),
      { gate: 'person', message: expect.stringContaining('plimsoll unpark prod') as string },
    ],
    [
      'a further try',
      behind([
        asked,
        plan('s'),
        { type: 'SyncStarted', data: { ...sample.SyncStarted.data, sync_id: 's' } },
        { type: 'RetryScheduled', data: { ...sample.RetryScheduled.data, sync_id: 's' } },
        { type: 'SyncFailed', data: { ...sample.SyncFailed.data, sync_id: 's' } },
      ]),
      { gate: 'retry', until: sample.RetryScheduled.data.at },
    ],
  ])('waits for %s', (_title, waits, expected) => {
    expect(waits).toMatchObject(expected)
  })

  test('tells who may not approve', () => {
    const byAda = requestSync('s', 'manual', null, null, 'ada')
    const waits = askForApproval('s', new Date(0), [])
    expect(behind([byAda, plan('s'), waits])).toMatchObject({ gate: 'approval', who: 'a person other than ada' })
    expect(behind([byAda, plan('s'), waits], { approval: { allow_requester: true } })).toMatchObject({
      who: 'a person',
    })
  })
})

test('a workflow that has the newest and waits for nothing says so', () => {
  expect(progress([standing({ id: 'dev' }, newest)]).environments[0]).toMatchObject({ current: true, waits_for: null })
})

test('one that holds what the one before it holds follows it, also when both are behind', () => {
  const { environments } = progress([
    standing({ id: 'dev' }, older),
    standing({ id: 'prod', depends_on: ['dev'] }, older),
    standing({ id: 'late', depends_on: ['dev'] }, null),
  ])
  expect(environments.map(({ workflow_id: id, current, follows }) => [id, current, follows])).toEqual([
    ['dev', false, true],
    ['late', false, false],
    ['prod', false, true],
  ])
})
