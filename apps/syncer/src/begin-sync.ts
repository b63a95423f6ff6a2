import { workflowDecider } from '@plimsoll/domain'
import type { Inventory, MadePlan, Steps, Workflow, WorkflowEvent } from '@plimsoll/domain'
import { append, causeFrom, readStream } from '@plimsoll/event-log'
import type { EventLog, Folded } from '@plimsoll/event-log'
import type { Cluster } from '@plimsoll/kubernetes'
import { claimedInventory, noInventory, readBackup } from '@plimsoll/service'
import type { Vault, WorkContext } from '@plimsoll/service'

/** When a sync began, by the log's clock, and the digests of its backup and of the inventory from then on. */
export type Beginning = { readonly startedAt: Date; readonly backup: string; readonly inventory: string }

type Start = {
  readonly log: EventLog
  readonly vault: Vault
  readonly cluster: Cluster
  readonly stream: string
  readonly folded: Folded<Workflow>
  readonly lockStreams: readonly { readonly stream: string; readonly version: number }[]
  readonly context: WorkContext
}

/**
 * Records the start before the first write: what is backed up, and what is ours from now on. An automatic sync begins only
 * if nobody has stopped auto-sync by then: the row of the system's stream is locked at the version that was looked at.
 */
export async function beginSync(
  { log, vault, cluster, stream, folded, lockStreams, context: { held, signal } }: Start,
  { id, plan, steps }: { readonly id: string; readonly plan: MadePlan; readonly steps: Steps },
): Promise<Beginning> {
  const [backup, inventory] = await Promise.all([
    readBackup(cluster, steps.steps, signal).then(vault.put),
    claimInventory(vault, steps),
  ])
  const { revision, plan: shown, steps: stepsDigest, manifest_set } = plan
  const started: WorkflowEvent = {
    type: 'SyncStarted',
    data: {
      sync_id: id,
      revision,
      attempt: held().epoch,
      plan: shown,
      steps: stepsDigest,
      manifest_set,
      backup,
      inventory,
      resources: steps.processed,
    },
  }
  const {
    events: [recorded],
  } = await append(log, {
    stream,
    expectedVersion: folded.version,
    events: [workflowDecider.encode(started)],
    cause: causeFrom(folded.last, 'syncer'),
    fence: held(),
    lockStreams,
  })
  return { startedAt: recorded?.recordedAt ?? new Date(), backup, inventory }
}

/** What is ours from the first write on, by digest. A sync that creates nothing claims nothing new. */
async function claimInventory(vault: Vault, steps: Steps): Promise<string> {
  const { base_inventory: digest } = steps
  if (digest !== null && steps.steps.every(({ action }) => action !== 'create')) return digest
  const base = digest === null ? noInventory : await vault.get<Inventory>(digest)
  return vault.put(claimedInventory(base, steps))
}

/** When a sync began, and with which inventory: as the log has it, also after a crash. */
export async function beginningOf(log: EventLog, stream: string, syncId: string): Promise<Beginning> {
  for (const stored of (await readStream(log, stream)).toReversed()) {
    const { type, data } = workflowDecider.decode(stored)
    if (type === 'SyncStarted' && data.sync_id === syncId)
      return { startedAt: stored.recordedAt, backup: data.backup, inventory: data.inventory }
  }
  throw new Error(`${stream} has no SyncStarted of ${syncId}`)
}
