import {
  boundFaults,
  faultsText,
  historyFold,
  nextWriting,
  noMetrics,
  stallRollback,
  workflowDecider,
} from '@plimsoll/domain'
import type { Fault, History, OpenRollback, Workflow, WorkflowConfig, WorkflowEvent } from '@plimsoll/domain'
import { causeFrom, ConcurrencyError, foldStream, transact } from '@plimsoll/event-log'
import type { Claim, EventLog, Finish, Folded, Transacted } from '@plimsoll/event-log'
import { KubernetesError } from '@plimsoll/kubernetes'
import { checkLease, clusterFor, isFinal, syncFault } from '@plimsoll/service'
import type { WorkContext } from '@plimsoll/service'
import { beginningOf, beginRollback } from './begin-rollback.ts'
import { preview } from './preview.ts'
import { runRollback } from './run-rollback.ts'
import type { Dependencies, Scene } from './scene.ts'

/** Carries out the rollback that a workflow asks for; after a crash the next owner of the claim goes on with it. */
export function rollBackWorkflow(dependencies: Dependencies) {
  return async (claim: Claim, context: WorkContext): Promise<Finish> => {
    const { log } = dependencies
    const folded = await foldStream(log, claim.stream, historyFold)
    const next = nextWriting(folded.state.workflow)
    // Not ours: given back to who looks at a workflow first.
    if (next.action !== 'roll-back' && next.action !== 'preview-rollback') return { done: claim.done, retryInMs: 0 }
    const { config } = next
    const recorder = recordIn(log, claim.stream, folded, context)
    try {
      const scene = await sceneOf(dependencies, claim.stream, folded, config, context)
      const { take } = dependencies
      if (next.action === 'preview-rollback')
        return finished(await recorder(await take(scene.cluster, () => preview(scene, next.preview))))
      const { id } = next.rollback
      const record = async (events: readonly WorkflowEvent[]) => {
        const { state, version } = await recorder(({ rollback: open }) => (open?.id === id ? events : []))
        // The workflow was deleted meanwhile: what cannot be recorded is not done either.
        if (state.rollback?.id !== id) throw new ConcurrencyError(claim.stream, undefined, version)
      }
      return finished(await recorder(await take(scene.cluster, () => rollBack(scene, next.rollback, record))))
    } catch (error) {
      if (error instanceof UnknownClusterError) return { done: claim.done, error: error.message }
      if (!(error instanceof KubernetesError) || context.signal.aborted) throw error
      if (next.action === 'roll-back' && isFinal(error))
        return finished(await recorder(giveUp(next.rollback, [syncFault(config.destination.cluster, error)])))
      if (next.action === 'roll-back') await recorder(stallRollback(next.rollback.id, error.message))
      return { done: claim.done, error: error.message, retryInMs: error.retryAfterMs ?? backOff(claim.attempts) }
    }
  }
}

type Decide = (workflow: Workflow) => readonly WorkflowEvent[]

/** Another replica, or this one once its configuration is mended, may know the cluster: the work stays due. */
class UnknownClusterError extends Error {
  override readonly name = 'UnknownClusterError'
}

async function sceneOf(
  { log, openVault, publish, clusters, customHealth, commandsOf, clusterHash, now }: Dependencies,
  stream: string,
  folded: Folded<History>,
  config: WorkflowConfig,
  context: WorkContext,
): Promise<Scene> {
  const cluster = await clusterFor(clusters, config)
  if (cluster === undefined)
    throw new UnknownClusterError(`cluster ${config.destination.cluster} is not known to this rollback service`)
  const vault = openVault(config.id)
  const hash = clusterHash(config.destination.cluster)
  return { log, publish, customHealth, commandsOf, now, stream, folded, config, cluster, vault, hash, context }
}

async function rollBack(
  scene: Scene,
  rollback: OpenRollback,
  record: (events: readonly WorkflowEvent[]) => Promise<void>,
): Promise<Decide> {
  const begun = rollback.started === null ? await beginRollback(scene, rollback) : await beginningOf(scene, rollback)
  if ('faults' in begun) return giveUp(rollback, begun.faults)
  const writing = { record, mayWrite: () => checkLease(scene.context.held) }
  const events = await runRollback(scene, rollback, begun, writing)
  return ({ rollback: open }) => (open?.id === rollback.id ? events : [])
}

/** Ends a rollback that cannot go on. What was written so far stays in the inventory that its start recorded. */
function giveUp({ id }: OpenRollback, causes: readonly Fault[]): Decide {
  const faults = boundFaults(causes)
  const data = { rollback_id: id, message: faultsText(faults), faults, inventory: null, metrics: noMetrics }
  return ({ rollback: open }) =>
    open?.id === id ? [{ type: 'RollbackFailed', data: { ...data, stage: 'apply', kept: [], left: [] } }] : []
}

/** Decides on what the stream holds by now, and appends under the claim's fence. */
function recordIn(log: EventLog, stream: string, { last }: Folded<History>, { held }: WorkContext) {
  return (decide: Decide) =>
    transact(log, { stream, cause: causeFrom(last, 'rollback'), decider: workflowDecider, fence: held() }, decide)
}

/** What was asked for meanwhile was not looked at. */
function finished({ version, state }: Transacted<Workflow>): Finish {
  const { action } = nextWriting(state)
  if (action === 'none') return { done: version }
  return action === 'roll-back' || action === 'preview-rollback'
    ? { done: version, handTo: 'rollback' }
    : { done: version, retryInMs: 0 }
}

function backOff(attempts: number): number {
  return Math.min(250 * 2 ** Math.min(attempts, 10), 15_000)
}
