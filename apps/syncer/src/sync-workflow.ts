import {
  boundFaults,
  endSync,
  faultsText,
  nextWriting,
  noMetrics,
  requestRetry,
  scheduleRetry,
  stallSync,
  systemDecider,
  systemStream,
  withdrawSync,
  workflowDecider,
} from '@plimsoll/domain'
import type {
  Deletion,
  Inventory,
  MadePlan,
  OpenSync,
  Steps,
  SyncTrigger,
  System,
  Workflow,
  WorkflowConfig,
  WorkflowEvent,
} from '@plimsoll/domain'
import { causeFrom, ConcurrencyError, foldStream, transact } from '@plimsoll/event-log'
import type { Claim, EventLog, Finish, Folded, Transacted } from '@plimsoll/event-log'
import { KubernetesError } from '@plimsoll/kubernetes'
import type { Cluster, CustomHealth } from '@plimsoll/kubernetes'
import { checkLease, clusterFor, isFinal, noInventory, syncFault, valuesToHide } from '@plimsoll/service'
import type { Clusters, CommandsOf, Turns, Vault, WorkContext, WorkflowOf } from '@plimsoll/service'
import { beginningOf, beginSync } from './begin-sync.ts'
import type { Beginning } from './begin-sync.ts'
import { extendBackup } from './extend-backup.ts'
import { placesOfHooks, releaseHooks } from './hooks/release-hooks.ts'
import { releaseObjects } from './release-objects.ts'
import { gateOf } from './gate-of.ts'
import { runSync } from './run-sync.ts'
import { watchCancellation } from './watch-cancellation.ts'
import { watchSuccessor } from './watch-successor.ts'

export type Dependencies = {
  readonly log: EventLog
  readonly openVault: (workflow: string) => Vault
  /** The clusters that workflows may name, by id. */
  readonly clusters: Clusters
  /** Does work on a cluster so that a silent one holds up its own work only. */
  readonly take: Turns['take']
  /** Health checks that come before the built-in ones. */
  readonly customHealth: CustomHealth | undefined
  readonly commandsOf: CommandsOf
  /** Tells whose objects carry a mark. */
  readonly workflowOf: WorkflowOf
  /** Digests the fields that are ours in the live objects of a cluster. */
  readonly clusterHash: (cluster: string) => (text: string) => string
}

/** Carries out the sync that a workflow asks for; after a crash the next owner of the claim goes on with it. */
export function syncWorkflow(dependencies: Dependencies) {
  return async (claim: Claim, context: WorkContext): Promise<Finish> => {
    const { log } = dependencies
    const folded = await foldStream(log, claim.stream, workflowDecider)
    const next = nextWriting(folded.state)
    try {
      switch (next.action) {
        case 'none':
          return { done: folded.version }
        case 'roll-back':
        case 'preview-rollback':
          return { done: claim.done, handTo: 'rollback' }
        case 'retry':
          return finished(await record(log, folded, claim.stream, context, requestRetry(new Date())))
        case 'release':
          return await inTurn(dependencies, next.config, () => release(dependencies, claim, folded, next, context))
        case 'sync':
          return await inTurn(dependencies, next.config, () => sync(dependencies, claim, folded, next, context))
      }
    } catch (error) {
      if (error instanceof UnknownClusterError) return { done: claim.done, error: error.message }
      if (!(error instanceof KubernetesError) || context.signal.aborted) throw error
      if (next.action === 'sync' && isFinal(error))
        return finished(await record(log, folded, claim.stream, context, giveUp(next, error)))
      if (next.action === 'sync')
        await record(log, folded, claim.stream, context, stallSync(next.sync.id, error.message))
      return { done: claim.done, error: error.message, retryInMs: error.retryAfterMs ?? backOff(claim.attempts) }
    }
  }
}

async function inTurn<Result>(
  { clusters, take }: Dependencies,
  { destination }: WorkflowConfig,
  work: () => Promise<Result>,
): Promise<Result> {
  const cluster = await clusters.get(destination.cluster)
  return cluster === undefined ? work() : take(cluster, work)
}

/** Another syncer, or this one once its configuration is mended, may know the cluster: the work stays due. */
class UnknownClusterError extends Error {
  override readonly name = 'UnknownClusterError'
}

/** What was recorded while the sync wrote was not looked at: it may ask for more, such as letting the objects go. */
function finished({ version, state }: Transacted<Workflow>): Finish {
  const next = nextWriting(state)
  const { action } = next
  if (action === 'none') return { done: version }
  if (action === 'retry') return { done: version, wakeAt: new Date(next.at) }
  return action === 'roll-back' || action === 'preview-rollback'
    ? { done: version, handTo: 'rollback' }
    : { done: version, retryInMs: 0 }
}

/** Ends a sync that cannot go on. What it has written so far stays in the inventory that its start recorded. */
function giveUp({ sync: { id }, plan, config }: SyncTask, error: KubernetesError) {
  const faults = boundFaults([syncFault(config.destination.cluster, error)])
  const message = faultsText(faults)
  return ({ sync: open }: Workflow): readonly WorkflowEvent[] =>
    open?.id === id
      ? [
          {
            type: 'SyncFailed',
            data: {
              sync_id: id,
              revision: plan.revision,
              stage: 'apply',
              message,
              faults,
              inventory: null,
              metrics: noMetrics,
            },
          },
        ]
      : []
}

type SyncTask = { readonly sync: OpenSync; readonly plan: MadePlan; readonly config: WorkflowConfig }

async function sync(
  { log, openVault, clusters, clusterHash, customHealth, commandsOf, workflowOf }: Dependencies,
  { stream }: Claim,
  folded: Folded<Workflow>,
  task: SyncTask,
  context: WorkContext,
): Promise<Finish> {
  const {
    sync: { id, trigger, started, exactly },
    plan,
    config,
  } = task
  const vault = openVault(config.id)
  const cluster = await clusterOf(clusters, config)
  const steps = await vault.get<Steps>(plan.steps)
  let begun: Beginning | undefined
  if (started === null) {
    const system = trigger !== 'manual' ? await foldStream(log, systemStream, systemDecider) : undefined
    const heldBy = system && heldBack(system.state, config, trigger)
    if (heldBy !== undefined) return finished(await record(log, folded, stream, context, withdrawSync(id, heldBy)))
    const closed = await gateOf(log, folded.state, { ...task, steps }, new Date())
    if (closed !== undefined) {
      const waiting = await record(log, folded, stream, context, closed.decide)
      return nextWriting(waiting.state).action === 'sync'
        ? { done: waiting.version, ...closed.lookAgain }
        : finished(waiting)
    }
    const lockStreams = system === undefined ? [] : [{ stream: systemStream, version: system.version }]
    begun = await beginSync({ log, vault, cluster, stream, folded, lockStreams, context }, { id, plan, steps })
  }
  begun ??= await beginningOf(log, stream, id)
  const recordMidway = async (events: readonly WorkflowEvent[]): Promise<void> => {
    const decide = ({ sync: open }: Workflow) => (open?.id === id ? events : [])
    const { state, version } = await record(log, folded, stream, context, decide)
    // The workflow was deleted and made anew meanwhile: what cannot be recorded is not done either.
    if (state.sync?.id !== id) throw new ConcurrencyError(stream, undefined, version)
  }
  const recordBackup = (backup: string) => recordMidway([{ type: 'BackupExtended', data: { sync_id: id, backup } }])
  const isResumed = started !== null
  await using cancellation = watchCancellation(log, stream, task.sync)
  const inventory = await vault.get<Inventory>(begun.inventory)
  const sets = [plan.manifest_set, folded.state.applied?.manifest_set ?? plan.manifest_set]
  const hidden = () => valuesToHide(vault, config, sets, inventory)
  const commands = commandsOf({
    vault,
    config,
    cluster,
    revision: plan.revision,
    syncId: id,
    hidden,
    held: context.held,
  })
  const { events, rejects } = await runSync({
    cluster,
    vault,
    config: trigger === 'heal' ? withoutWaiting(config) : config,
    plan,
    syncId: id,
    steps,
    inventory,
    last: folded.state.last,
    startedAt: begun.startedAt,
    ownedDigest: clusterHash(config.destination.cluster),
    customHealth,
    hooks: { records: task.sync.hooks, hidden, ...commands },
    record: recordMidway,
    mayWrite: () => checkLease(context.held),
    cancelled: cancellation.signal,
    watchSuccessor: () => watchSuccessor({ log, vault, stream, syncId: id }),
    workflowOf,
    backUp: extendBackup({ vault, backup: begun.backup, isResumed, record: recordBackup }),
    isResumed,
    isAgreed: exactly !== null,
    signal: context.signal,
  })
  const failure = events.find(({ type }) => type === 'SyncFailed')
  const retry = scheduleRetry(failure, new Date(), Math.random())
  return finished(await record(log, folded, stream, context, endSync(id, events, { rejects, retry })))
}

/** While a heal waited for health, nobody would look for drift; how it fares is watched afterwards. */
function withoutWaiting(config: WorkflowConfig): WorkflowConfig {
  const { sync_policy: policy } = config
  return { ...config, sync_policy: { ...policy, health_check: { ...policy.health_check, enabled: false } } }
}

/** What keeps an automatic sync from beginning; undefined if nothing does. */
function heldBack(
  { autoSync }: System,
  { auto_sync: syncsItself, sync_policy: policy }: WorkflowConfig,
  trigger: SyncTrigger,
): string | undefined {
  if (!autoSync) return 'stop_auto_sync'
  if (trigger === 'heal') return policy.self_heal ? undefined : 'self_heal = false'
  return syncsItself ? undefined : 'auto_sync = false'
}

/** Decides on what the stream holds by now, and appends under the claim's fence. */
function record(
  log: EventLog,
  { last }: Folded<Workflow>,
  stream: string,
  { held }: WorkContext,
  decide: (workflow: Workflow) => readonly WorkflowEvent[],
) {
  return transact(log, { stream, cause: causeFrom(last, 'syncer'), decider: workflowDecider, fence: held() }, decide)
}

async function release(
  { log, openVault, clusters }: Dependencies,
  { stream }: Claim,
  folded: Folded<Workflow>,
  { config, cascade, prune_kept: pruneKept }: { readonly config: WorkflowConfig } & Deletion,
  context: WorkContext,
): Promise<Finish> {
  const { inventory } = folded.state
  const vault = openVault(config.id)
  const { entries } = inventory === null ? noInventory : await vault.get<Inventory>(inventory)
  const mayWrite = () => checkLease(context.held)
  const options = { cascade, pruneKept, mayWrite, signal: context.signal }
  const hooks = cascade ? await placesOfHooks(folded.state, config.destination.namespace, vault) : []
  const left =
    hooks.length === 0 ? [] : await releaseHooks(await clusterOf(clusters, config), vault.mark, hooks, options)
  // Without objects there is nothing to ask a cluster for, which may be one that nobody knows.
  const { deleted, kept } =
    entries.length === 0
      ? { deleted: 0, kept: [] }
      : await releaseObjects(await clusterOf(clusters, config), vault.mark, entries, options)
  const data = { deleted, kept: [...kept, ...left].slice(0, 100) }
  return finished(
    await record(log, folded, stream, context, ({ leaving }) =>
      leaving === null ? [] : [{ type: 'WorkflowReleased', data }],
    ),
  )
}

async function clusterOf(clusters: Clusters, config: WorkflowConfig): Promise<Cluster> {
  const cluster = await clusterFor(clusters, config)
  if (cluster === undefined)
    throw new UnknownClusterError(`cluster ${config.destination.cluster} is not known to this syncer`)
  return cluster
}

function backOff(attempts: number): number {
  return Math.min(250 * 2 ** Math.min(attempts, 10), 15_000)
}
