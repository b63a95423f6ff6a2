import {
  calmBefore,
  evolveWorkflow,
  healIsDue,
  healLookAt,
  healsItself,
  identityOf,
  isSettled,
  observeDrift,
  observeHealth,
  requestHeal,
  systemDecider,
  systemStream,
  withdrawHeal,
  workflowDecider,
} from '@plimsoll/domain'
import type {
  InventoryEntry,
  ObjectRef,
  UnhealthyObject,
  Workflow,
  WorkflowConfig,
  WorkflowEvent,
} from '@plimsoll/domain'
import { causeFrom, foldStream } from '@plimsoll/event-log'
import type { Claim, EventLog, Finish } from '@plimsoll/event-log'
import { hasHealth, healthNow, KubernetesError } from '@plimsoll/kubernetes'
import type { CustomHealth } from '@plimsoll/kubernetes'
import { inParallel } from '@plimsoll/runtime'
import { clusterFor } from '@plimsoll/service'
import type { Clusters, Turns } from '@plimsoll/service'
import { conflictFault } from '../objects/conflict.ts'
import { failedBefore } from '../plan/failed-before.ts'
import { lookForDrift } from './look-for-drift.ts'
import type { Dependencies as LookDependencies, Known, Look } from './look-for-drift.ts'
import { planHeal } from './plan-heal.ts'
import type { HealPlanning } from './plan-heal.ts'

export type Dependencies = LookDependencies &
  HealPlanning & {
    readonly log: EventLog
    /** The clusters that workflows may name, by id. */
    readonly clusters: Clusters
    /** Does work on a cluster so that a silent one holds up its own work only. */
    readonly take?: Turns['take']
    readonly customHealth: CustomHealth | undefined
    readonly newId: () => string
  }

const requestsInFlight = 8
/** Between looks at what a sync left unwell. */
const lookAgainMs = 15_000

/**
 * Compares one workflow's objects with what was applied last, once its rows or its stream gave reason to. Records what drifted and
 * how what is applied fares, and asks for the heal that is due.
 */
export function watchDrift(dependencies: Dependencies) {
  const { log, clusters } = dependencies
  /** By stream: what was found at the last look, and since when drift that was told seems to be gone. */
  const looks = new Map<string, { readonly known: Known; readonly calmSince: number | undefined }>()
  return async (claim: Claim, { signal }: { readonly signal: AbortSignal }): Promise<Finish> => {
    const { stream } = claim
    const { state: workflow, version, last } = await foldStream(log, stream, workflowDecider)
    const { config } = workflow
    const cluster = config === null ? undefined : await clusterFor(clusters, config)
    if (config === null || cluster === undefined || !isSettled(workflow)) {
      looks.delete(stream)
      return { done: version }
    }
    const { autoSync } = (await foldStream(log, systemStream, systemDecider)).state
    const before = looks.get(stream)
    // A heal is planned by what lives at this moment.
    const known = before === undefined || healsItself(workflow, autoSync) ? new Map() : before.known
    try {
      const { take = (_cluster, work) => work() } = dependencies
      const look = await take(cluster, () => lookForDrift(dependencies, { workflow, config, cluster }, known, signal))
      if (look === undefined) return { done: version }
      const now = new Date()
      // What is not watched, yet or any more, has not gone away.
      const unseen = unseenOf(workflow, look)
      if (unseen.length > 0 && look.drifted.length === 0)
        return { done: version, wakeAt: new Date(now.getTime() + lookAgainMs) }
      const objects = [...look.drifted, ...(workflow.drift?.objects ?? []).filter((object) => unseen.includes(object))]
      const calm = calmBefore(workflow, { objects }, now)
      const calmSince = calm === undefined ? undefined : (before?.calmSince ?? now.getTime())
      if (look.compared.size > 0 || calmSince !== undefined) looks.set(stream, { known: look.compared, calmSince })
      else looks.delete(stream)
      const seen = {
        inventory: workflow.inventory ?? '',
        objects,
        calmMs: calmSince === undefined ? 0 : now.getTime() - calmSince,
      }
      const looked = { now, autoSync }
      const drift = observeDrift(seen, looked)(workflow)
      const after = drift.reduce(evolveWorkflow, workflow)
      const heal = objects.length === 0 ? withdrawHeal('what put the drift back')(after) : []
      const asked = healIsDue(after, looked) ? await heals(dependencies, after, config, look, looked) : []
      const health = await observedHealth(dependencies, { workflow, config }, look, now, signal)
      const events = [...drift, ...heal, ...asked, ...health]
      const wakeAt = nextLook(events.reduce(evolveWorkflow, workflow), { calm, calmSince, now, look })
      return {
        done: version + events.length,
        append: [
          {
            stream,
            expectedVersion: version,
            events: events.map(workflowDecider.encode),
            cause: causeFrom(last, 'differ'),
          },
        ],
        ...(asked.length > 0 && { wake: [{ role: 'write', stream }] }),
        ...(wakeAt !== undefined && { wakeAt }),
      }
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error
      return { done: claim.done, error: error.message, retryInMs: error.retryAfterMs ?? backOff(claim.attempts) }
    }
  }
}

/** The request of a heal with its plan; what stands in its way for good ends it at once. */
async function heals(
  dependencies: Dependencies,
  workflow: Workflow,
  config: WorkflowConfig,
  look: Look,
  looked: { readonly now: Date; readonly autoSync: boolean },
): Promise<readonly WorkflowEvent[]> {
  const id = dependencies.newId()
  const { conflicts, changes: _shown, ...plan } = await planHeal(dependencies, workflow, config, look)
  const asked = requestHeal(id, plan, looked)(workflow)
  const blocking = conflicts.filter((conflict) => conflict.blocking)
  if (asked.length === 0 || blocking.length === 0) return asked
  return [...asked, failedBefore(id, plan.revision, 'plan', blocking.map(conflictFault))]
}

type Watched = { readonly workflow: Workflow; readonly config: WorkflowConfig }

/**
 * The watcher says which objects have not been well for a while: each is looked at once more, and asked why. One that was told
 * is told no more once the watcher says that it has been well for a while.
 */
async function observedHealth(
  { customHealth }: Dependencies,
  { workflow, config }: Watched,
  { unwell, inventory, drifted, planner, isWatched }: Look,
  now: Date,
  signal: AbortSignal,
): Promise<readonly WorkflowEvent[]> {
  if (!config.sync_policy.health_check.enabled || workflow.inventory === null) return []
  const gone = new Set(drifted.flatMap((object) => (object.what === 'deleted' ? [identityOf(object)] : [])))
  const told = new Map((workflow.unhealthy?.objects ?? []).map((object) => [identityOf(object), object]))
  const isUnwell = new Set(unwell.map(identityOf))
  const asked = inventory.entries.filter(
    (entry) =>
      !gone.has(identityOf(entry)) &&
      (isUnwell.has(identityOf(entry)) ||
        told.has(identityOf(entry)) ||
        (isLeftUnwell(workflow) && mayBeUnwell(entry, customHealth))),
  )
  const objects = await inParallel(asked, requestsInFlight, async (entry): Promise<UnhealthyObject[]> => {
    const known = told.get(identityOf(entry))
    if (known !== undefined && (isUnwell.has(identityOf(entry)) || !isWatched(entry))) return [known]
    const target = { ref: entry }
    const { status, message } = await healthNow(planner.cluster, target, { custom: customHealth, signal })
    if (status === 'Healthy' || status === 'Suspended' || status === 'Missing') return []
    const { apiVersion, kind, namespace, name } = entry
    return [{ apiVersion, kind, name, ...(namespace !== undefined && { namespace }), status, message }]
  })
  return observeHealth({ inventory: workflow.inventory, objects: objects.flat() }, now)(workflow)
}

/** A sync ended without health, by its policy: which objects they are has not been told yet. */
function isLeftUnwell({ carriedOut, undone, unhealthy }: Workflow): boolean {
  return undone === null && carriedOut?.status === 'succeeded' && !carriedOut.healthy && unhealthy === null
}

function mayBeUnwell({ apiVersion, kind, uid }: InventoryEntry, custom: CustomHealth | undefined): boolean {
  return uid !== '' && (hasHealth(apiVersion, kind) || custom?.has(apiVersion, kind) === true)
}

/** Objects of ours that were said to have drifted or to be unwell, and of which the rows do not tell. */
function unseenOf({ drift, unhealthy }: Workflow, { inventory, isWatched }: Look): readonly ObjectRef[] {
  const ours = new Set(inventory.entries.map(identityOf))
  return [...(drift?.objects ?? []), ...(unhealthy?.objects ?? [])].filter(
    (object) => !isWatched(object) && ours.has(identityOf(object)),
  )
}

type Waiting = {
  readonly calm: number | undefined
  readonly calmSince: number | undefined
  readonly now: Date
  readonly look: Look
}

/** When to look again although nothing happens. */
function nextLook(workflow: Workflow, { calm, calmSince, now, look }: Waiting): Date | undefined {
  const { drift, unhealthy } = workflow
  // What was told by us and not by the watcher, the watcher does not tell the end of.
  const unwell = new Set(look.unwell.map(identityOf))
  const isUntold = isLeftUnwell(workflow) || unhealthy?.objects.some((object) => !unwell.has(identityOf(object)))
  const instants = [
    ...(drift?.heal_at ? [healLookAt(Date.parse(drift.heal_at), now.getTime())] : []),
    ...(drift !== null && calm !== undefined && calmSince !== undefined ? [calmSince + calm] : []),
    ...(isUntold ? [now.getTime() + lookAgainMs] : []),
  ]
  return instants.length === 0 ? undefined : new Date(Math.max(Math.min(...instants), now.getTime() + 10))
}

function backOff(attempts: number): number {
  return Math.min(500 * 2 ** Math.min(attempts, 10), 30_000)
}
