import {
  boundFaults,
  evolveWorkflow,
  faultsText,
  nextPlanning,
  noMetrics,
  repositoryCodec,
  repositoryDecider,
  repositoryStream,
  requestSync,
  systemDecider,
  systemStream,
  workflowDecider,
} from '@plimsoll/domain'
import type { FailureStage, Fault, ObservedRevision, Workflow, WorkflowConfig, WorkflowEvent } from '@plimsoll/domain'
import { causeFrom, foldStream, readStream, unwatchPaths, watchingStreams, watchPaths } from '@plimsoll/event-log'
import type { Claim, EventLog, Finish, Folded, StoredEvent } from '@plimsoll/event-log'
import { InvalidTreeError } from '@plimsoll/git'
import { KubernetesError } from '@plimsoll/kubernetes'
import { conflictFault } from './conflict.ts'
import { NotStoredError, resolveTree, TreeTooLargeError } from './git-tree.ts'
import type { ReadGitObjects } from './git-tree.ts'
import {
  missingPath,
  notKept,
  PlanFault,
  unknownRevision,
  unplannable,
  unreadableFolder,
  unreadSource,
} from './plan-fault.ts'
import type { PlannedRevision } from './plan-revision.ts'

export type Dependencies = {
  readonly log: EventLog
  readonly gitObjects: (repository: string) => ReadGitObjects
  /** Throws PlanFault for what only a person can mend. */
  readonly planRevision: (
    workflow: Workflow,
    config: WorkflowConfig,
    revision: ObservedRevision,
    tree: string,
    signal: AbortSignal,
  ) => Promise<PlannedRevision>
  readonly newId: () => string
}

const retryMs = 2_000

/** Plans one workflow if facts ask for it: a new tree at its path, a preview that was asked for, a sync that needs a plan. */
export function planWorkflow(dependencies: Dependencies) {
  const { log } = dependencies
  return async (claim: Claim, { signal }: { readonly signal: AbortSignal }): Promise<Finish> => {
    if (claim.stream === systemStream) return wakeAll(log, claim)
    const workflow = await foldStream(log, claim.stream, workflowDecider)
    const { config } = workflow.state
    if (config === null)
      return { done: workflow.version, also: (transaction) => unwatchPaths(transaction, claim.stream) }

    const source = { role: 'repository', stream: repositoryStream(config.repository) }
    const isNews = await watchPaths(log, {
      repository: config.repository,
      stream: claim.stream,
      paths: [config.target_path],
    })
    if (isNews) return { done: claim.done, wake: [source], retryInMs: retryMs }
    try {
      return await plan(dependencies, claim, workflow, config, signal)
    } catch (error) {
      if (error instanceof NotStoredError) return { done: claim.done, wake: [source], retryInMs: retryMs }
      if (error instanceof KubernetesError)
        return { done: claim.done, error: error.message, retryInMs: error.retryAfterMs ?? backOff(claim.attempts) }
      throw error
    }
  }
}

/** Auto-sync was started, or a cluster is back: every workflow may have something to do, or go on with. */
async function wakeAll(log: EventLog, claim: Claim): Promise<Finish> {
  const streams = await watchingStreams(log)
  return { done: claim.seen, wake: streams.flatMap((stream) => ['plan', 'write'].map((role) => ({ role, stream }))) }
}

async function plan(
  dependencies: Dependencies,
  claim: Claim,
  folded: Folded<Workflow>,
  config: WorkflowConfig,
  signal: AbortSignal,
): Promise<Finish> {
  const { log, gitObjects, newId } = dependencies
  const [repository, system] = await Promise.all([
    foldStream(log, repositoryStream(config.repository), repositoryDecider),
    foldStream(log, systemStream, systemDecider),
  ])
  const { head } = repository.state
  const tree = head && (await treeAt(gitObjects(config.repository), head.tree, config.target_path))
  const syncsItself = system.state.autoSync && config.auto_sync
  const planning = nextPlanning(folded.state, head && { head, tree }, syncsItself)
  switch (planning.action) {
    case 'none':
    case 'wait':
      return { done: folded.version }
    case 'request-sync': {
      const asked = requestSync(newId(), 'auto', folded.state.plan?.revision ?? null)(folded.state)
      // Not done with it: the request is what asks for its plan.
      return { ...record(claim, folded, folded.last, asked), done: folded.version }
    }
    case 'plan': {
      if (head === null && planning.revision === null && repository.state.failure === null)
        return {
          done: folded.version,
          wakeOn: { stream: repositoryStream(config.repository), version: repository.version + 1 },
        }
      const isNewTree = planning.syncId === null && folded.state.wanted === null
      const syncId = isNewTree && syncsItself ? newId() : planning.syncId
      const asked =
        isNewTree && syncId !== null ? requestSync(syncId, 'auto', head?.revision ?? null)(folded.state) : []
      const workflow = asked.reduce(evolveWorkflow, folded.state)
      const pinned = planning.revision !== null && planning.revision !== head?.revision ? planning.revision : undefined
      const revision = pinned === undefined ? head : await findRevision(log, config.repository, pinned)
      const outcome = await outcomeOf(
        dependencies,
        workflow,
        config,
        {
          revision,
          asked: planning.revision,
          isPast: pinned !== undefined,
          unread: repository.state.failure?.message ?? null,
          syncId,
        },
        signal,
      )
      const events = [...asked, ...outcome]
      const recorded = record(claim, folded, isNewTree ? repository.last : folded.last, events)
      // What was asked for may hide what is still to do: after a preview the new commit waits for its sync.
      const next = nextPlanning(events.reduce(evolveWorkflow, folded.state), head && { head, tree }, syncsItself)
      return next.action === 'plan' || next.action === 'request-sync' ? { ...recorded, retryInMs: 0 } : recorded
    }
  }
}

/** Null for a folder that is missing or cannot be read: planning it says which. */
async function treeAt(read: ReadGitObjects, root: string, path: string): Promise<string | null> {
  try {
    return (await resolveTree(read, root, path)) ?? null
  } catch (error) {
    if (error instanceof InvalidTreeError) return null
    throw error
  }
}

type Target = {
  readonly revision: ObservedRevision | null
  readonly asked: string | null
  /** It is not the head of the branch any more: the poller stores nothing of it. */
  readonly isPast: boolean
  /** Why the remote could not be read, if so. */
  readonly unread: string | null
  readonly syncId: string | null
}

/** Plans a revision; what only a person can mend ends the sync that asked, and is recorded either way. */
async function outcomeOf(
  { gitObjects, planRevision }: Dependencies,
  workflow: Workflow,
  config: WorkflowConfig,
  { revision, asked, isPast, unread, syncId }: Target,
  signal: AbortSignal,
): Promise<readonly WorkflowEvent[]> {
  let tree: string | undefined
  try {
    if (revision === null) throw asked === null ? unreadSource(config.repository, unread) : unknownRevision(asked)
    tree = await resolveTree(gitObjects(config.repository), revision.tree, config.target_path)
    if (tree === undefined) throw missingPath(config.target_path, revision.revision)
    const { conflicts, ...made } = await planRevision(workflow, config, revision, tree, signal)
    const planned: WorkflowEvent = { type: 'PlanMade', data: { ...made, sync_id: syncId } }
    const blocking = conflicts.filter((conflict) => conflict.blocking)
    if (blocking.length === 0 || syncId === null) return [planned]
    return [planned, failed(syncId, made.revision, 'plan', blocking.map(conflictFault))]
  } catch (error) {
    const fault =
      isPast && error instanceof NotStoredError ? notKept(config.target_path, asked ?? '') : faultOf(error, config)
    if (fault === undefined) throw error
    const { stage, message, faults } = fault
    const failure = {
      revision: revision?.revision ?? asked,
      tree: tree ?? null,
      paths: [config.target_path],
      stage,
      message,
      faults: boundFaults(faults),
      sync_id: syncId,
    }
    const ended = syncId === null ? [] : [failed(syncId, failure.revision, stage, faults)]
    return [{ type: 'PlanFailed', data: failure }, ...ended]
  }
}

/** What only a person can mend; undefined for what may pass by itself. */
function faultOf(error: unknown, { destination, target_path: path }: WorkflowConfig): PlanFault | undefined {
  if (error instanceof PlanFault) return error
  if (error instanceof InvalidTreeError || error instanceof TreeTooLargeError) return unreadableFolder(path, error)
  if (!(error instanceof KubernetesError) || error.retryable || error.kind === 'unauthorized') return undefined
  return unplannable(destination.cluster, error)
}

function failed(syncId: string, revision: string | null, stage: FailureStage, faults: readonly Fault[]): WorkflowEvent {
  return {
    type: 'SyncFailed',
    data: {
      sync_id: syncId,
      revision,
      stage,
      message: faultsText(faults),
      faults: boundFaults(faults),
      inventory: null,
      metrics: noMetrics,
    },
  }
}

function record(
  { stream }: Claim,
  { version }: Folded<Workflow>,
  because: StoredEvent | undefined,
  events: readonly WorkflowEvent[],
): Finish {
  const append = {
    stream,
    expectedVersion: version,
    events: events.map(workflowDecider.encode),
    cause: causeFrom(because, 'differ'),
  }
  return { done: version + events.length, append: [append] }
}

/** A revision that was once the head of the branch. */
async function findRevision(log: EventLog, repository: string, revision: string): Promise<ObservedRevision | null> {
  const events = (await readStream(log, repositoryStream(repository))).map(repositoryCodec.decode)
  return (
    (events.findLast(({ type, data }) => type === 'RevisionObserved' && data.revision === revision)?.data as
      ObservedRevision | undefined) ?? null
  )
}

function backOff(attempts: number): number {
  return Math.min(500 * 2 ** Math.min(attempts, 10), 30_000)
}
