import { fieldManager, identityOf, refOf } from '@plimsoll/domain'
import type { Backup, KubernetesObject } from '@plimsoll/domain'
import { appliedAt } from '@plimsoll/kubernetes'
import type { Vault } from '@plimsoll/service'

export type BackupOptions = {
  readonly vault: Vault
  /** Digest of the backup that the sync began with. */
  readonly backup: string
  /** Another attempt has begun to write: what it wrote is no state from before the sync. */
  readonly isResumed: boolean
  /** Records a digest in the log; durable when it returns. */
  readonly record: (backup: string) => Promise<unknown>
}

/**
 * Keeps objects that someone changed after they were backed up, as they are just before the sync writes to them. What comes
 * while something is being recorded is recorded together.
 */
export function extendBackup({ vault, backup, isResumed, record }: BackupOptions) {
  const waiting: KubernetesObject[] = []
  let recording: Promise<void> | undefined
  let known: Promise<ReadonlyMap<string, KubernetesObject>> | undefined
  const flush = async () => {
    while (waiting.length > 0) {
      const extension: Backup = { objects: waiting.splice(0) }
      await record(await vault.put(extension))
    }
  }
  return async (live: KubernetesObject): Promise<void> => {
    const before = (await (known ??= index(vault, backup))).get(identityOf(refOf(live)))
    if (before?.metadata.uid === live.metadata.uid && before !== undefined) {
      if (before.metadata.resourceVersion === live.metadata.resourceVersion) return
      if (isResumed && appliedAt(before, fieldManager) !== appliedAt(live, fieldManager)) return
    }
    waiting.push(live)
    recording ??= flush().finally(() => (recording = undefined))
    await recording
  }
}

async function index(vault: Vault, backup: string): Promise<ReadonlyMap<string, KubernetesObject>> {
  const { objects } = await vault.get<Backup>(backup)
  return new Map(objects.map((object) => [identityOf(refOf(object)), object]))
}
