import { identityOf, objectsDigest, workflowDecider } from '@plimsoll/domain'
import type { Fault, Inventory, ManifestSet, OpenRollback, WorkflowEvent } from '@plimsoll/domain'
import { append, causeFrom, readStream } from '@plimsoll/event-log'
import type { RollbackSteps } from './rollback-steps.ts'
import type { Scene } from './scene.ts'
import { obstacleTo, planned, scopeOf } from './scope.ts'
import type { Scope } from './scope.ts'

/** A rollback that may write. */
export type Beginning = {
  readonly scope: Scope
  readonly steps: RollbackSteps
  /** What is ours from the first write on. */
  readonly inventory: Inventory
  /** By the log's clock. */
  readonly startedAt: Date
}

const idsAtMost = 100

/** Plans the rollback and records its start before the first write, together with the rejection of what it undoes. */
export async function beginRollback(
  scene: Scene,
  rollback: OpenRollback,
): Promise<Beginning | { readonly faults: readonly Fault[] }> {
  const { log, publish, stream, folded, vault, context } = scene
  const scope = await scopeOf(scene, rollback.undo_from)
  const obstacle = obstacleTo(scope, scene)
  if (obstacle !== undefined) return { faults: [obstacle] }
  const { plan, steps, backup: live } = await planned(scene, scope, { force: rollback.force, asks: false })
  const inventory = claimed(scope)
  const [shown, stepsDigest, backup, inventoryDigest] = await Promise.all([
    publish(plan),
    vault.put(steps),
    vault.put(live),
    vault.put(inventory),
  ])
  const started: WorkflowEvent = {
    type: 'RollbackStarted',
    data: {
      rollback_id: rollback.id,
      attempt: context.held().epoch,
      undoes: scope.syncs
        .map(({ id }) => id)
        .toReversed()
        .slice(0, idsAtMost),
      plan: shown,
      steps: stepsDigest,
      backup,
      inventory: inventoryDigest,
      resources: steps.processed,
    },
  }
  const {
    events: [recorded],
  } = await append(log, {
    stream,
    expectedVersion: folded.version,
    events: [started, ...(await rejectionOf(scene, scope, rollback))].map(workflowDecider.encode),
    cause: causeFrom(folded.last, 'rollback'),
    fence: context.held(),
  })
  return { scope, steps, inventory, startedAt: recorded?.recordedAt ?? scene.now() }
}

/** What was ours, and what is made again: a crash loses no object. */
function claimed({ before, now }: Scope): Inventory {
  const known = new Set(now.entries.map(identityOf))
  return { entries: [...now.entries, ...before.entries.filter((entry) => !known.has(identityOf(entry)))] }
}

/** The newest manifest set is what auto-sync would bring back. */
async function rejectionOf(
  { vault }: Scene,
  { syncs, applied }: Scope,
  { id, rejects, reason }: OpenRollback,
): Promise<readonly WorkflowEvent[]> {
  const newest = syncs.at(-1)
  if (!rejects || newest === undefined) return []
  const digestOf = async (digest: string) => objectsDigest(await vault.get<ManifestSet>(digest), vault.hash)
  const objects = newest.objects === '' ? await digestOf(newest.manifest_set) : newest.objects
  // The same set under another configuration is not what went wrong.
  if (applied !== null && (await digestOf(applied.manifest_set)) === objects) return []
  return [{ type: 'RevisionRejected', data: { rollback_id: id, revision: newest.revision, objects, reason } }]
}

/** How a rollback began, as the log has it, after a crash. */
export async function beginningOf(scene: Scene, { id, undo_from, started }: OpenRollback): Promise<Beginning> {
  const { log, stream, vault } = scene
  if (started === null) throw new Error(`rollback ${id} has not begun`)
  const stored = (await readStream(log, stream)).findLast((event) => {
    const { type, data } = workflowDecider.decode(event)
    return type === 'RollbackStarted' && data.rollback_id === id
  })
  return {
    scope: await scopeOf(scene, undo_from),
    steps: await vault.get<RollbackSteps>(started.steps),
    inventory: await vault.get<Inventory>(started.inventory),
    startedAt: stored?.recordedAt ?? scene.now(),
  }
}
