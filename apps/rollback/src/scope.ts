import { syncsFrom } from '@plimsoll/domain'
import type { AppliedSet, DoneSync, Fault, Inventory, ManifestSet } from '@plimsoll/domain'
import { hiding } from '@plimsoll/kubernetes'
import { noInventory, sensitiveIn, valueToken } from '@plimsoll/service'
import { planRollback } from './plan-rollback.ts'
import type { PlannedRollback } from './plan-rollback.ts'
import type { Scene } from './scene.ts'
import { hooksToRun } from './hooks-to-run.ts'

/** What a rollback is about. */
export type Scope = {
  /** What is undone, the oldest first. */
  readonly syncs: readonly DoneSync[]
  /** What counts as applied afterwards. */
  readonly applied: AppliedSet | null
  readonly before: Inventory
  readonly now: Inventory
}

export async function scopeOf({ folded, vault }: Scene, undoFrom: string): Promise<Scope> {
  const history = folded.state
  const syncs = syncsFrom(history, undoFrom)
  const { applied, inventory } = syncs[0]?.before ?? history.workflow
  const read = (digest: string | null) =>
    digest === null ? Promise.resolve(noInventory) : vault.get<Inventory>(digest)
  const [before, now] = await Promise.all([read(inventory), read(history.workflow.inventory)])
  return { syncs, applied, before, now }
}

/** Why the syncs cannot be undone; undefined if they can. */
export function obstacleTo({ syncs }: Scope, { config }: Scene): Fault | undefined {
  const elsewhere = syncs.find(({ cluster }) => cluster !== config.destination.cluster)
  return (
    elsewhere && {
      what: 'the rollback cannot be planned',
      where: `cluster ${elsewhere.cluster}`,
      because: `a sync that it would undo wrote to that cluster, and the workflow goes to ${config.destination.cluster} now`,
      try: 'set destination.cluster back first, or go back less far',
    }
  )
}

/** Plans a rollback against the live cluster; with `asks` the API server says of each object what would become of it. */
export async function planned(
  scene: Scene,
  scope: Scope,
  { force, asks }: { readonly force: boolean; readonly asks: boolean },
): Promise<PlannedRollback> {
  const { config, cluster, vault, hash, context } = scene
  const { syncs, applied, before, now } = scope
  const digests = new Set([...syncs, ...(applied === null ? [] : [applied])].map((set) => set.manifest_set))
  const sets = await Promise.all([...digests].map((digest) => vault.get<ManifestSet>(digest)))
  const sensitive = sensitiveIn(config, sets, { entries: [...before.entries, ...now.entries] })
  const token = valueToken(vault, sensitive)
  return planRollback(
    {
      cluster: hiding(cluster, sensitive),
      config,
      mark: vault.mark,
      token,
      hash,
      force,
      asks,
      signal: context.signal,
    },
    vault,
    {
      syncs,
      before,
      now,
      revision: applied?.revision ?? '',
      generatedAt: scene.now(),
      sensitive,
      hooks: () => hooksToRun(scene, scope.applied, token),
    },
  )
}
