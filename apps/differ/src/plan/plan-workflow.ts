import {
  clusterStream,
  evolveWorkflow,
  nextPlanning,
  repositoryDecider,
  repositoryStream,
  requestSync,
  syncsItself,
  systemDecider,
  systemStream,
  watchedBy,
  workflowDecider,
} from '@plimsoll/domain'
import type { Planning, Repository, Workflow, WorkflowConfig, WorkflowEvent } from '@plimsoll/domain'
import { causeFrom, foldStream, unwatchPaths } from '@plimsoll/event-log'
import type { Claim, Finish, Folded, StoredEvent } from '@plimsoll/event-log'
import { KubernetesError } from '@plimsoll/kubernetes'
import { FetchFailedError } from '@plimsoll/manifests'
import { ToolNotReadyError } from '../render/render-tools.ts'
import { AskedForRevisionError, findRevision } from '../source/ask-for-revision.ts'
import { sourceKey } from '../source/find-source.ts'
import { NotStoredError } from '../source/git-tree.ts'
import { openWatch } from '../source/watch-source.ts'
import type { Watch } from '../source/watch-source.ts'
import { answerHeal } from './answer-heal.ts'
import { holdBack, isHeldBack } from './hold-back.ts'
import { planTarget } from './plan-target.ts'
import type { Dependencies } from './planning.ts'
import { previewRevision } from './preview-revision.ts'
import { wakeAll, wakeOfCluster } from './wake-workflows.ts'

const retryMs = 2_000
/** Of what the poller wakes us for; a remote may take its time. */
const askAgainMs = 30_000

/** Plans one workflow if facts ask for it: something else at its paths, a preview that was asked for, a sync that needs a plan. */
export function planWorkflow(dependencies: Dependencies) {
  const { log, streamsOf } = dependencies
  return async (claim: Claim, { signal }: { readonly signal: AbortSignal }): Promise<Finish> => {
    if (claim.stream === systemStream) return wakeAll(log, claim)
    if (claim.stream.startsWith(clusterStream(''))) return wakeOfCluster(log, claim, streamsOf)
    const workflow = await foldStream(log, claim.stream, workflowDecider)
    const { config } = workflow.state
    if (config === null)
      return { done: workflow.version, also: (transaction) => unwatchPaths(transaction, claim.stream) }

    const source = { role: 'repository', stream: repositoryStream(config.repository) }
    const watch = await openWatch(log, claim.stream, config.repository)
    try {
      watch.require(watchedBy(workflow.state))
      return await plan(dependencies, { claim, folded: workflow, config, watch, signal })
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

/** One look at a workflow. */
type Look = {
  readonly claim: Claim
  readonly folded: Folded<Workflow>
  readonly config: WorkflowConfig
  readonly watch: Watch
  readonly signal: AbortSignal
}

async function plan(dependencies: Dependencies, look: Look): Promise<Finish> {
  const { claim, folded, config, signal } = look
  const { state, version, last } = folded
  const [preview] = state.previews
  // A person waits for it, but a sync that waits for its plan comes first.
  if (preview !== undefined && (state.sync === null || state.sync.plan !== null)) {
    const context = { stream: claim.stream, crashes: claim.crashes, signal }
    const answer = await previewRevision(dependencies, state, config, preview, context)
    return { ...record(look, last, [answer]), retryInMs: 0 }
  }
  const newest = await readNewest(dependencies, config)
  const planning = await newest.next(state)
  switch (planning.action) {
    case 'none':
    case 'wait':
      return { done: version }
    case 'request-sync': {
      const asked = requestSync(dependencies.newId(), 'auto', state.plan?.revision ?? null)(state)
      // Not done with it: the request is what asks for its plan.
      return { ...record(look, last, asked), done: version }
    }
    case 'plan-heal':
      return record(look, last, await answerHeal(dependencies, state, config, { syncId: planning.syncId, signal }))
    case 'plan':
      return planNewest(dependencies, look, newest, planning)
  }
}

/** What a workflow may be planned at. */
type Newest = {
  readonly repository: Folded<Repository>
  readonly autoSync: boolean
  readonly next: (workflow: Workflow) => Promise<Planning>
}

async function readNewest({ log, gitObjects }: Dependencies, config: WorkflowConfig): Promise<Newest> {
  const [repository, system] = await Promise.all([
    foldStream(log, repositoryStream(config.repository), repositoryDecider),
    foldStream(log, systemStream, systemDecider),
  ])
  const { head } = repository.state
  const { autoSync } = system.state
  const keys = new Map<string, Promise<string | null>>()
  const next = async (workflow: Workflow) => {
    if (head === null) return nextPlanning(workflow, null, autoSync)
    const paths = watchedBy(workflow)
    const read = () => sourceKey(gitObjects(config.repository, head.revision), head.tree, paths)
    const tree = await keys.getOrInsertComputed(paths.join('\0'), read)
    return nextPlanning(workflow, { head, tree }, autoSync)
  }
  return { repository, autoSync, next }
}

async function planNewest(
  dependencies: Dependencies,
  look: Look,
  newest: Newest,
  planning: Extract<Planning, { readonly action: 'plan' }>,
): Promise<Finish> {
  const { claim, folded, config, watch, signal } = look
  const { state } = folded
  const { repository, autoSync, next } = newest
  const { head, failure } = repository.state
  if (head === null && planning.revision === null && failure === null)
    return {
      done: folded.version,
      wakeOn: { stream: repositoryStream(config.repository), version: repository.version + 1 },
    }
  const isNewTree = planning.syncId === null && state.wanted === null && !planning.isShown
  const syncId = isNewTree && syncsItself(state, autoSync) ? dependencies.newId() : planning.syncId
  const asked = isNewTree && syncId !== null ? requestSync(syncId, 'auto', head?.revision ?? null)(state) : []
  const isPast = planning.revision !== null && planning.revision !== head?.revision
  const target = {
    revision: isPast ? await findRevision(dependencies.log, config.repository, planning.revision) : head,
    asked: planning.revision,
    isPast,
    unread: failure?.message ?? null,
    syncId,
    agreed: planning.syncId === null ? null : (state.sync?.exactly ?? null),
  }
  const workflow = asked.reduce(evolveWorkflow, state)
  const context = { stream: claim.stream, signal }
  const outcome = await planTarget(dependencies, workflow, config, watch, target, context)
  const events = isHeldBack(outcome, syncId) ? holdBack(state, outcome, planning.syncId) : [...asked, ...outcome]
  const recorded = record(look, isNewTree ? repository.last : folded.last, events)
  const after = events.reduce(evolveWorkflow, state)
  const paths = watchedBy(after)
  if (!watch.has(paths))
    return {
      ...recorded,
      also: watch.set(paths),
      wake: [{ role: 'repository', stream: repositoryStream(config.repository) }],
    }
  const settled = watch.isOnly(paths) ? recorded : { ...recorded, also: watch.set(paths) }
  // What was asked for may hide what is still to do: after a preview the new commit waits for its sync.
  const { action } = await next(after)
  return action === 'plan' || action === 'request-sync' ? { ...settled, retryInMs: 0 } : settled
}

function record({ claim, folded }: Look, because: StoredEvent | undefined, events: readonly WorkflowEvent[]): Finish {
  const { version } = folded
  const append = {
    stream: claim.stream,
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
