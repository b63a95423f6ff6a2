import type { EndedSync, HookRecord, Inventory, MadePlan, Steps, WorkflowConfig, WorkflowEvent } from '@plimsoll/domain'
import type { Cluster, CustomHealth } from '@plimsoll/kubernetes'
import type { HooksRun, RunCommand, Vault, Writer } from '@plimsoll/service'

export type SyncRun = {
  readonly cluster: Cluster
  readonly vault: Vault
  readonly config: WorkflowConfig
  readonly plan: MadePlan
  readonly syncId: string
  readonly steps: Steps
  /** What is ours since the sync began. */
  readonly inventory: Inventory
  /** How the sync before this one ended. */
  readonly last: EndedSync | null
  readonly startedAt: Date
  /** Digests the fields that are ours in a live object. */
  readonly ownedDigest: (text: string) => string
  readonly customHealth: CustomHealth | undefined
  /** Records what is done while more follows. */
  readonly record: (events: readonly WorkflowEvent[]) => Promise<void>
  readonly hooks: {
    /** What is recorded of the hooks of this sync. */
    readonly records: readonly HookRecord[]
    /** Values that must not be seen in what hooks write. */
    readonly hidden: () => Promise<Iterable<string>>
    readonly runCommand: RunCommand
    /** Tells those who look on. */
    readonly tell: HooksRun['tell']
  }
  readonly mayWrite: () => void
  /** Aborts with a CancelledError when the sync is to stop before its next object. */
  readonly cancelled: AbortSignal
  /** Called for each wait for health: its signal aborts with a SupersededError when something newer can begin. */
  readonly watchSuccessor: () => AsyncDisposable & { readonly signal: AbortSignal }
  readonly backUp: Writer['backUp']
  readonly workflowOf: Writer['workflowOf']
  /** Another attempt has begun to carry the steps out. */
  readonly isResumed: boolean
  /** The plan was agreed to as it was shown. */
  readonly isAgreed: boolean
  readonly signal: AbortSignal
}
