import { workflowCodec } from '../../codec.ts'
import type { WorkflowEvent } from '../events/events.ts'
import { evolveWorkflow } from './evolve-workflow.ts'
import { initialWorkflow } from './state.ts'
import type { AppliedSet } from './applied-set.ts'
import type { Workflow } from './state.ts'

/** A sync that wrote and is not undone, with all that undoing it takes. */
export type DoneSync = {
  readonly id: string
  readonly revision: string
  readonly cluster: string
  readonly manifest_set: string
  readonly objects: string
  readonly steps: string
  /** Digests of what lived before it, the earliest first: a later one holds what changed until it was written to. */
  readonly backups: readonly string[]
  /** A sync that failed leaves something else than what counts as applied. */
  readonly hasFailed: boolean
  readonly before: { readonly applied: AppliedSet | null; readonly inventory: string | null }
  /** ISO 8601 */
  readonly startedAt: string
}

/** The syncs that made the cluster what it is, the oldest first. */
export type History = {
  readonly workflow: Workflow
  readonly done: readonly DoneSync[]
  readonly open: DoneSync | null
  /** Times in which something was applied that was undone since; ISO 8601. */
  readonly undone: readonly { readonly revision: string; readonly from: string; readonly until: string }[]
  readonly trimmed: Trimmed | null
}

/** What retention has dropped; instants in ISO 8601. */
export type Trimmed = {
  /** When it was dropped. */
  readonly at: string
  readonly syncs_before: string | null
  readonly plans_before: string | null
  /** The newest sync of which nothing is kept began then: no rollback leads to an instant before it. */
  readonly lostFrom: string | null
}

/** An event with the instant at which it was recorded, ISO 8601. */
export type TimedEvent = { readonly event: WorkflowEvent; readonly at: string }

const initialHistory: History = { workflow: initialWorkflow, done: [], open: null, undone: [], trimmed: null }
const keptAtMost = 1_000

function evolveHistory(history: History, { event, at }: TimedEvent): History {
  const workflow = evolveWorkflow(history.workflow, event)
  const { done, open } = history
  const { type, data } = event
  switch (type) {
    case 'WorkflowCreated':
    case 'WorkflowReleased':
      return { ...initialHistory, trimmed: history.trimmed, workflow }
    case 'SyncStarted':
      return { ...history, workflow, open: opened(history.workflow, data, at) ?? open }
    case 'BackupExtended':
      return { ...history, workflow, open: extended(open, data.sync_id, data.backup) }
    case 'WaveApplied':
      return { ...history, workflow, open: extended(open, data.sync_id, data.rebased) }
    case 'SyncSucceeded':
    case 'SyncSuperseded':
    case 'SyncFailed': {
      if (open?.id !== data.sync_id) return { ...history, workflow }
      const hasWritten = workflow.newest?.id === open.id
      return {
        ...history,
        workflow,
        open: null,
        done: hasWritten ? [...done, { ...open, hasFailed: type !== 'SyncSucceeded' }].slice(-keptAtMost) : done,
      }
    }
    case 'RollbackSucceeded':
      return { ...undo(history, history.workflow.rollback?.undo_from, at), workflow }
    case 'HistoryTrimmed':
      return { ...trim(history, data, at), workflow }
    default:
      return { ...history, workflow }
  }
}

type Started = Extract<WorkflowEvent, { readonly type: 'SyncStarted' }>['data']

function opened({ config, sync, applied, inventory }: Workflow, data: Started, at: string): DoneSync | undefined {
  if (config === null || sync?.id !== data.sync_id || sync.started !== null) return undefined
  return {
    id: data.sync_id,
    revision: data.revision,
    cluster: config.destination.cluster,
    manifest_set: data.manifest_set,
    objects: sync.plan?.objects ?? '',
    steps: data.steps,
    backups: [data.backup],
    hasFailed: false,
    before: { applied, inventory },
    startedAt: at,
  }
}

function extended(open: DoneSync | null, id: string, backup: string | null): DoneSync | null {
  return open?.id !== id || backup === null ? open : { ...open, backups: [...open.backups, backup] }
}

function undo(history: History, from: string | undefined, at: string): History {
  const syncs = from === undefined ? [] : syncsFrom(history, from)
  const undone = syncs.map(({ revision, startedAt }) => ({ revision, from: startedAt, until: at }))
  return {
    ...history,
    done: history.done.slice(0, history.done.length - syncs.length),
    undone: [...history.undone, ...undone].slice(-keptAtMost),
  }
}

type Trimming = Extract<WorkflowEvent, { readonly type: 'HistoryTrimmed' }>['data']

function trim(history: History, { syncs_before, plans_before }: Trimming, at: string): History {
  const { done, trimmed } = history
  const lost = done.filter(({ startedAt }) => syncs_before !== null && startedAt < syncs_before)
  return {
    ...history,
    done: done.slice(lost.length),
    trimmed: {
      at,
      syncs_before: syncs_before ?? trimmed?.syncs_before ?? null,
      plans_before: plans_before ?? trimmed?.plans_before ?? null,
      lostFrom: lost.at(-1)?.startedAt ?? trimmed?.lostFrom ?? null,
    },
  }
}

/** What to tell somebody who asks for what is not there any more. */
export function trimmedText({ at, syncs_before, plans_before }: Trimmed): string {
  const parts = [
    syncs_before === null ? [] : [`manifests, backups and inventories of syncs before ${syncs_before}`],
    plans_before === null ? [] : [`plans and previews of before ${plans_before}`],
  ].flat()
  return `${parts.join(', and ') || 'old bodies'} were dropped by retention on ${at}`
}

type Stored = Parameters<typeof workflowCodec.decode>[0] & { readonly recordedAt: Date }

/** Folds a workflow's stream to its history. */
export const historyFold = {
  initial: initialHistory,
  evolve: evolveHistory,
  decode: (stored: Stored): TimedEvent => ({
    event: workflowCodec.decode(stored),
    at: stored.recordedAt.toISOString(),
  }),
}

/**
 * The syncs that a rollback from `undoFrom` on undoes, the oldest first. Of the newest, with those that failed before it: they
 * lie between it and what is put back. One that has turned out to write nothing leaves the newest that did.
 */
export function syncsFrom({ done, workflow: { newest } }: History, undoFrom: string): readonly DoneSync[] {
  const indexOf = (sync: string | undefined) => done.findIndex(({ id }) => id === sync)
  const known = indexOf(undoFrom)
  const first = known < 0 || undoFrom === newest?.id ? indexOf(newest?.isUndone ? undefined : newest?.first) : known
  return first < 0 ? [] : done.slice(first)
}
