import { identityOf, refOf } from '@plimsoll/domain'
import type { Backup, DoneSync, KubernetesObject, ObjectRef, Steps } from '@plimsoll/domain'
import type { Vault } from '@plimsoll/service'

/** An object that syncs have written to. */
export type Touched = {
  readonly ref: ObjectRef
  /** As it was before the first of them did; null when there was none. */
  readonly before: KubernetesObject | null
  /** One of them has deleted it. */
  readonly isDeleted: boolean
  /** One of them has deleted and created it again, as it could not be changed. */
  readonly isReplaced: boolean
}

/** What the syncs have touched, by identity. They are given the oldest first. */
export async function touchedBy(
  vault: Pick<Vault, 'get'>,
  syncs: readonly DoneSync[],
): Promise<ReadonlyMap<string, Touched>> {
  const touched = new Map<string, Touched>()
  for (const sync of syncs) {
    const { steps } = await vault.get<Steps>(sync.steps)
    const backups = await Promise.all(sync.backups.map((digest) => vault.get<Backup>(digest)))
    // A later part of the backup is the state from which the sync wrote.
    const before = new Map(
      backups.flatMap(({ objects }) => objects.map((object) => [identityOf(refOf(object)), object] as const)),
    )
    for (const step of steps) {
      const ref = step.action === 'delete' ? step.ref : refOf(step.object)
      const identity = identityOf(ref)
      const known = touched.get(identity)
      touched.set(identity, {
        ref,
        before: known === undefined ? (before.get(identity) ?? null) : known.before,
        isDeleted: step.action === 'delete' || known?.isDeleted === true,
        isReplaced: step.action === 'replace' || known?.isReplaced === true,
      })
    }
  }
  return touched
}
