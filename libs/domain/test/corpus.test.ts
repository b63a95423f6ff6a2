import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clusterDecider, repositoryDecider, systemDecider, workflowDecider } from '../src/deciders.ts'
import type { Json } from '../src/json/json.ts'
import { evolveWorkflowRow, initialWorkflowRow, workflowStatus } from '../src/workflow/status/status.ts'
import type { WorkflowRow } from '../src/workflow/status/status.ts'
import type { WorkflowEvent } from '../src/workflow/events/events.ts'

// A story of each kind of stream, told by files of the corpus. A file of a new version joins its story; what is expected
// changes only when what people see is meant to change: testdata/expected-status.json is what every replica answered so far.

const testdata = join(import.meta.dirname, '../testdata')
const read = (path: string) => JSON.parse(readFileSync(join(testdata, path), 'utf8')) as never
const expected = read('expected-status.json') as Readonly<Record<string, readonly (readonly [string, Json])[]>>

const stories = {
  repository: [
    'RepositoryRegistered.v1',
    'RevisionObserved.v1',
    'SourceFailed.v1',
    'SourceRecovered.v1',
    'SourceFailed.v1',
    'CredentialRotated.v1',
    'RefreshRequested.v1',
    'RevisionRequested.v1',
    'RevisionResolved.v1',
    'RevisionRequested.v1',
    'RevisionRefused.v1',
    'RepositoryUnparked.v1',
    'RepositoryChanged.v1',
    'RepositoryDeleted.v1',
  ],
  workflow: [
    'WorkflowCreated.v1',
    'PlanRequested.v1',
    'PlanMade.v1',
    'SyncRequested.v1',
    'PlanMade.v1',
    'SyncStarted.v1',
    'SyncStalled.v1',
    'SyncStarted.v1',
    'WaveApplied.v1',
    'SyncSucceeded.v1',
    'PlanMade.v1',
    'SyncRequested.v1',
    'SyncSuperseded.v1',
    'WorkflowChanged.v1',
    'PlanFailed.v1',
    'SyncRequested.v1',
    'SyncFailed.v1',
    'WorkflowDeleted.v1',
    'WorkflowReleased.v1',
    'WorkflowCreated.v1',
    'WorkflowCreated.v2',
    'WorkflowChanged.v2',
    'WorkflowCreated.v3',
    'WorkflowChanged.v3',
    'PlanMade.v2',
    'PlanFailed.v2',
    'SyncSucceeded.v2',
    'PlanMade.v3',
    'SyncRequested.v1',
    'PlanMade.v3',
    'SyncStarted.v1',
    'BackupExtended.v1',
    'WaveApplied.v1',
    'SyncFailed.v1',
    'RollbackRequested.v1',
    'RollbackStarted.v1',
    'RevisionRejected.v1',
    'RollbackStalled.v1',
    'RollbackFailed.v1',
    'RollbackPlanRequested.v1',
    'RollbackPlanned.v1',
    'RollbackRequested.v1',
    'RollbackStarted.v1',
    'RollbackSucceeded.v1',
    'RevisionReinstated.v1',
    'DecryptionKeyChanged.v1',
    'PreviewRequested.v1',
    'PreviewMade.v1',
    'PreviewRequested.v1',
    'PreviewFailed.v1',
    'RevisionRendered.v1',
    'SyncRequested.v2',
    'WorkflowPaused.v1',
    'WorkflowResumed.v1',
    'PlanMade.v3',
    'SyncHeld.v1',
    'ApprovalRequested.v1',
    'SyncApproved.v1',
    'PlanMade.v3',
    'SyncStarted.v1',
    'CancelRequested.v1',
    'WaveApplied.v2',
    'RetryScheduled.v1',
    'SyncFailed.v1',
    'SyncRefused.v1',
    'DriftDetected.v1',
    'DriftHealed.v1',
    'HealthObserved.v1',
    'HistoryTrimmed.v1',
    'SyncRequested.v3',
    'PlanMade.v3',
    'ApprovalRequested.v2',
    'SyncApproved.v1',
    'PlanMade.v3',
    'SyncStarted.v1',
    'SyncSuperseded.v2',
    'WorkflowUnparked.v1',
    'WorkflowDeleted.v2',
    'WorkflowReleased.v1',
    'WorkflowCreated.v3',
    'SyncRequested.v3',
    'PlanMade.v3',
    'SyncStarted.v1',
    'HookStarted.v1',
    'HookFinished.v1',
    'HookFinished.v2',
  ],
  system: ['AutoSyncStarted.v1', 'AutoSyncStopped.v1'],
  cluster: [
    'ClusterReached.v1',
    'ClusterLost.v1',
    'ClusterReached.v2',
    'ClusterRegistered.v1',
    'ClusterLost.v1',
    'ClusterChanged.v1',
    'ClusterReached.v2',
    'ClusterCredentialRotated.v1',
    'ClusterRemoved.v1',
    'ClusterUnparked.v1',
  ],
} as const

type Fold<State, Event> = {
  readonly initial: State
  readonly evolve: (state: State, event: Event, nth: number) => State
  readonly decode: (stored: { type: string; schemaVersion: number; data: unknown }) => Event
  readonly see: (state: State) => unknown
}

/** What is seen after each event of a story. */
function told<State, Event>(story: readonly string[], { initial, evolve, decode, see }: Fold<State, Event>): Json {
  let state = initial
  const seen = story.map((file, nth) => {
    state = evolve(state, decode(read(`events/${file}.json`)), nth)
    return [file, see(state)]
  })
  return JSON.parse(JSON.stringify(seen, (_key, value: unknown) => value ?? null)) as Json
}

const instant = (nth: number) => new Date(Date.UTC(2026, 10, 23, 6, nth)).toISOString()
const whole = <State>(state: State) => state

test('the status of workflows over the corpus is unchanged', () => {
  const fold = {
    initial: initialWorkflowRow,
    evolve: (row: WorkflowRow, event: WorkflowEvent, nth: number) => evolveWorkflowRow(row, event, instant(nth)),
    decode: workflowDecider.decode,
    see: (row: WorkflowRow) => {
      const status = workflowStatus(row)
      return status && { ...status, config: `${status.config.id}, auto_sync: ${status.config.auto_sync}` }
    },
  }
  expect(told(stories.workflow, fold)).toEqual(expected['workflow'])
})

test('the state of repositories over the corpus is unchanged', () => {
  expect(told(stories.repository, { ...repositoryDecider, see: whole })).toEqual(expected['repository'])
})

test('the state of the system over the corpus is unchanged', () => {
  expect(told(stories.system, { ...systemDecider, see: whole })).toEqual(expected['system'])
})

test('the state of clusters over the corpus is unchanged', () => {
  expect(told(stories.cluster, { ...clusterDecider, see: whole })).toEqual(expected['cluster'])
})

test('the stories tell every file of the corpus', () => {
  const files = globSync('*.json', { cwd: join(testdata, 'events') }).map((file) => file.replace(/\.json$/, ''))
  expect([...new Set(Object.values(stories).flat())].toSorted()).toEqual(files.toSorted())
})
