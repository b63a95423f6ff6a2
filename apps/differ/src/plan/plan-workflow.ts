import {
  boundFaults,
  evolveWorkflow,
  faultsText,
  nextPlanning,
  noMetrics,
  repositoryDecider,
  repositoryStream,
  rejectionOf,
  requestSync,
  supersede,
  syncsItself,
  systemDecider,
  systemStream,
  triggerOf,
  watchedBy,
  workflowDecider,
} from '@plimsoll/domain'
import type { FailureStage, Fault, ObservedRevision, Workflow, WorkflowConfig, WorkflowEvent } from '@plimsoll/domain'
import { causeFrom, foldStream, unwatchPaths, watchingStreams } from '@plimsoll/event-log'
import type { Claim, EventLog, Finish, Folded, StoredEvent } from '@plimsoll/event-log'
import { KubernetesError } from '@plimsoll/kubernetes'
import { FetchFailedError } from '@plimsoll/manifests'
import { AskedForRevisionError, findRevision, storedOrAsked } from '../source/ask-for-revision.ts'
import { conflictFault } from '../objects/conflict.ts'
import { faultOf } from '../fault-of.ts'
import { findSource, sourceKey } from '../source/find-source.ts'
import type { Source } from '../source/find-source.ts'
import { NotStoredError } from '../source/git-tree.ts'
import { rejectedRevision, unknownRevision, unreadSource } from '../plan-fault.ts'
import { previewRevision } from './preview-revision.ts'
import { staleFaults } from './stale-plan.ts'
import { openWatch } from '../source/watch-source.ts'
import type { Watch } from '../source/watch-source.ts'
import { ToolNotReadyError } from '../render/render-tools.ts'
import type { Dependencies } from './planning.ts'

const retryMs = 2_000
/** Of what the poller wakes us for; a remote may take its time. */
const askAgainMs = 30_000

/** Plans one workflow if facts ask for it: something else at its paths, a preview that was asked for, a sync that needs a plan. */
export function planWorkflow(dependencies: Dependencies) {
  const { log } = dependencies
  return async (claim: Claim, { signal }: { readonly signal: AbortSignal }): Promise<Finish> => {
    if (claim.stream === systemStream) return wakeAll(log, claim)
    const workflow = await foldStream(log, claim.stream, workflowDecider)
    const { config } = workflow.state
    if (config === null)
      return { done: workflow.version, also: (transaction) => unwatchPaths(transaction, claim.stream) }

    const source = { role: 'repository', stream: repositoryStream(config.repository) }
    const watch = await openWatch(log, claim.stream, config.repository)
    try {
      watch.require(watchedBy(workflow.state))
      return await plan(dependencies, claim, workflow, config, watch, signal)
    } catch (error) {
      if (error instanceof AskedForRevisionError) return { done: claim.done, wake: [source], retryInMs: askAgainMs }
      if (error instanceof NotStoredError) {
        const also = watch.ask(error.paths)
        return { done: claim.done, ...(also && { also, wake: [source] }), retryInMs: retryMs }
      }
      if (error instanceof ToolNotReadyError) return { done: claim.done, retryInMs: retryMs }
      // Nothing is known of what is to be there: what is applied stays as it is until it is.
      if (error instanceof FetchFailedError)
        return { done: claim.done, error: error.message, retryInMs: fetchAgainMs(claim.attempts) }
      if (error instanceof KubernetesError)
        return { done: claim.done, error: error.message, retryInMs: error.retryAfterMs ?? backOff(claim.attempts) }
      throw error
    }
  }
}

/** Auto-sync was started, or a cluster is back: every workflow may have something to do, or go on with. */
async function wakeAll(log: EventLog, claim: Claim): Promise<Finish> {
  const streams = await watchingStreams(log)
  return {
    done: claim.seen,
    wake: streams.flatMap((stream) => ['plan', 'write', 'drift'].map((role) => ({ role, stream }))),
  }
}

async function plan(
  dependencies: Dependencies,
  claim: Claim,
  folded: Folded<Workflow>,
  config: WorkflowConfig,
  watch: Watch,
  signal: AbortSignal,
): Promise<Finish> {
  const { log, gitObjects, newId } = dependencies
  const [preview] = folded.state.previews
  // A person waits for it, but a sync that waits for its plan comes first.
  if (preview !== undefined && (folded.state.sync === null || folded.state.sync.plan !== null)) {
    const context = { stream: claim.stream, crashes: claim.crashes, signal }
    const answer = await previewRevision(dependencies, folded.state, config, preview, context)
    return { ...record(claim, folded, folded.last, [answer]), retryInMs: 0 }
  }
  const [repository, system] = await Promise.all([
    foldStream(log, repositoryStream(config.repository), repositoryDecider),
    foldStream(log, systemStream, systemDecider),
  ])
  const { head } = repository.state
  const treeOf = async (workflow: Workflow) =>
    head && (await sourceKey(gitObjects(config.repository, head.revision), head.tree, watchedBy(workflow)))
  const tree = await treeOf(folded.state)
  const { autoSync } = system.state
  const planning = nextPlanning(folded.state, head && { head, tree }, autoSync)
  switch (planning.action) {
    case 'none':
    case 'wait':
      return { done: folded.version }
    case 'request-sync': {
      const asked = requestSync(newId(), 'auto', folded.state.plan?.revision ?? null)(folded.state)
      // Not done with it: the request is what asks for its plan.
      return { ...record(claim, folded, folded.last, asked), done: folded.version }
    }
    case 'plan-heal':
      return record(claim, folded, folded.last, await heal(dependencies, folded.state, config, planning.syncId, signal))
    case 'plan': {
      const wakeOn = { stream: repositoryStream(config.repository), version: repository.version + 1 }
      if (head === null && planning.revision === null && repository.state.failure === null)
        return { done: folded.version, wakeOn }
      const isNewTree = planning.syncId === null && folded.state.wanted === null && !planning.isShown
      const syncId = isNewTree && syncsItself(folded.state, autoSync) ? newId() : planning.syncId
      const asked =
        isNewTree && syncId !== null ? requestSync(syncId, 'auto', head?.revision ?? null)(folded.state) : []
      const workflow = asked.reduce(evolveWorkflow, folded.state)
      const pinned = planning.revision !== null && planning.revision !== head?.revision ? planning.revision : undefined
      const revision = pinned === undefined ? head : await findRevision(log, config.repository, pinned)
      const outcome = await outcomeOf(
        dependencies,
        workflow,
        config,
        watch,
        {
          revision,
          asked: planning.revision,
          isPast: pinned !== undefined,
          unread: repository.state.failure?.message ?? null,
          syncId,
          agreed: planning.syncId === null ? null : (folded.state.sync?.exactly ?? null),
        },
        { stream: claim.stream, signal },
      )
      const events = isHeldBack(outcome, syncId)
        ? heldBack(folded.state, outcome, planning.syncId)
        : [...asked, ...outcome]
      const recorded = record(claim, folded, isNewTree ? repository.last : folded.last, events)
      const after = events.reduce(evolveWorkflow, folded.state)
      const paths = watchedBy(after)
      if (!watch.has(paths))
        return {
          ...recorded,
          also: watch.set(paths),
          wake: [{ role: 'repository', stream: repositoryStream(config.repository) }],
        }
      const settled = watch.isOnly(paths) ? recorded : { ...recorded, also: watch.set(paths) }
      // What was asked for may hide what is still to do: after a preview the new commit waits for its sync.
      const isSame = paths.join('\0') === watchedBy(folded.state).join('\0')
      const next = nextPlanning(after, head && { head, tree: isSame ? tree : await treeOf(after) }, autoSync)
      return next.action === 'plan' || next.action === 'request-sync' ? { ...settled, retryInMs: 0 } : settled
    }
  }
}

/** The plan of a heal; a heal of something else than what was agreed to makes way for another. */
async function heal(
  { planHeal }: Dependencies,
  workflow: Workflow,
  config: WorkflowConfig,
  syncId: string,
  signal: AbortSignal,
): Promise<readonly WorkflowEvent[]> {
  if (workflow.reconfigured) return [supersede(syncId, 'a change of the workflow')]
  const made = await planHeal(workflow, config, signal)
  if (made === undefined) return [supersede(syncId, 'what put the drift back')]
  const { conflicts, changes: _shown, ...plan } = made
  const agreed = workflow.sync?.exactly ?? null
  if (agreed !== null && agreed !== plan.digest)
    return [supersede(syncId, 'other drift than was approved to be put back')]
  const blocking = conflicts.filter((conflict) => conflict.blocking)
  const planned: WorkflowEvent = { type: 'PlanMade', data: { ...plan, sync_id: syncId } }
  return blocking.length === 0
    ? [planned]
    : [planned, failed(syncId, plan.revision, 'plan', blocking.map(conflictFault))]
}

/** Whether what the sync would bring was rejected by a rollback: then its plan is only shown. */
function isHeldBack([plan]: readonly WorkflowEvent[], syncId: string | null): boolean {
  return syncId !== null && plan?.type === 'PlanMade' && plan.data.sync_id === null
}

/** A sync by itself is not asked for, or given up; a person is told what to do. */
function heldBack(
  workflow: Workflow,
  outcome: readonly WorkflowEvent[],
  syncId: string | null,
): readonly WorkflowEvent[] {
  const [plan] = outcome
  if (plan?.type !== 'PlanMade' || syncId === null) return outcome
  const rejection = rejectionOf(workflow, plan.data)
  const because = rejection === undefined ? 'a rollback' : `the rollback of ${rejection.revision.slice(0, 8)}`
  return triggerOf(workflow, syncId) === 'auto'
    ? [...outcome, supersede(syncId, because)]
    : [...outcome, failed(syncId, plan.data.revision, 'plan', [rejectedRevision(plan.data.revision, rejection)])]
}

type Target = {
  readonly revision: ObservedRevision | null
  readonly asked: string | null
  /** It is not the head of the branch any more: the poller stores nothing of it. */
  readonly isPast: boolean
  /** Why the remote could not be read, if so. */
  readonly unread: string | null
  readonly syncId: string | null
  /** The digest of the only plan that the sync may carry out. */
  readonly agreed: string | null
}

/** Plans a revision; what only a person can mend ends the sync that asked, and is recorded either way. */
async function outcomeOf(
  { log, gitObjects, renderHosts, planRevision }: Dependencies,
  workflow: Workflow,
  config: WorkflowConfig,
  watch: Watch,
  { revision, asked, isPast, unread, syncId, agreed }: Target,
  { stream, signal }: { readonly stream: string; readonly signal: AbortSignal },
): Promise<readonly WorkflowEvent[]> {
  let source: Source | undefined
  try {
    if (revision === null) throw asked === null ? unreadSource(config.repository, unread) : unknownRevision(asked)
    const make = async () => {
      const found = await findSource(gitObjects(config.repository, revision.revision), revision, config, renderHosts)
      source = found.source
      // What is rendered has to be watched, or a commit to it would pass unseen.
      if (!isPast) watch.require(source.paths)
      if (found.fault !== undefined) throw found.fault
      return planRevision(workflow, config, revision, source, signal)
    }
    const past = { repository: config.repository, revision: revision.revision, stream }
    const { conflicts, changes, hooks = [], ...made } = await (isPast ? storedOrAsked(log, past, make) : make())
    if (syncId !== null && rejectionOf(workflow, made) !== undefined)
      return [{ type: 'PlanMade', data: { ...made, sync_id: null } }]
    const planned: WorkflowEvent = { type: 'PlanMade', data: { ...made, sync_id: syncId } }
    if (syncId !== null && agreed !== null) {
      const stale = await staleFaults(
        log,
        stream,
        agreed,
        config,
        { digest: made.digest, changes, hooks, conflicts },
        {
          isRetry: workflow.retry?.next_sync_id === syncId,
        },
      )
      if (stale.length > 0) return [planned, failed(syncId, made.revision, 'plan', stale)]
    }
    const blocking = conflicts.filter((conflict) => conflict.blocking)
    if (blocking.length === 0 || syncId === null) return [planned]
    return [planned, failed(syncId, made.revision, 'plan', blocking.map(conflictFault))]
  } catch (error) {
    const fault = faultOf(error, config)
    if (fault === undefined) throw error
    const { stage, message, faults } = fault
    const failure = {
      revision: revision?.revision ?? asked,
      tree: source?.tree ?? null,
      paths: source?.paths ?? [config.target_path],
      stage,
      message,
      faults: boundFaults(faults),
      sync_id: syncId,
    }
    const ended = syncId === null ? [] : [failed(syncId, failure.revision, stage, faults)]
    return [{ type: 'PlanFailed', data: failure }, ...ended]
  }
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

function fetchAgainMs(attempts: number): number {
  return Math.min(1_000 * 2 ** Math.min(attempts, 6), 60_000)
}

function backOff(attempts: number): number {
  return Math.min(500 * 2 ** Math.min(attempts, 10), 30_000)
}
