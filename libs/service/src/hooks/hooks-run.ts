import type { CommandHook, Fault, Hook, HookRecord, WorkflowConfig, WorkflowEvent } from '@plimsoll/domain'
import type { Cluster, CustomHealth } from '@plimsoll/kubernetes'
import type { HookHappening } from '../commands/live-output.ts'
import type { Vault } from '../vault.ts'

/** The sync or rollback whose hooks are run. */
export type HooksRun = {
  readonly cluster: Cluster
  readonly vault: Vault
  readonly config: WorkflowConfig
  /** Of the sync, or of the rollback. */
  readonly id: string
  /** In the order in which they run. */
  readonly hooks: readonly Hook[]
  /** What is recorded of them: whoever wrote before may have been killed. */
  readonly records: readonly HookRecord[]
  readonly customHealth: CustomHealth | undefined
  /** Values that must not be seen in what hooks write; asked for when one has written something. */
  readonly hidden: () => Promise<Iterable<string>>
  /** Appends to the log; durable when it returns. */
  readonly record: (events: readonly WorkflowEvent[]) => Promise<void>
  /** Throws where the lease does not allow a write. */
  readonly mayWrite: () => void
  /** Aborts when a person stops the sync: nothing more is begun, and what has ended is still tidied up. */
  readonly cancelled?: AbortSignal | undefined
  /** Undefined where there is nobody to run commands. */
  readonly runCommand?: RunCommand | undefined
  /** Tells those who look on. Masked. */
  readonly tell: (hook: Pick<Hook, 'phase' | 'name'>, happening: HookHappening) => void
  readonly signal: AbortSignal
}

export type RunCommand = (hook: CommandHook, signal: AbortSignal) => Promise<Omit<HookEnd, 'message'>>

/** How a hook ended. */
export type HookEnd = {
  readonly fault: Fault | undefined
  readonly message: string
  readonly durationMs: number
  /** Digest of what it wrote; null for nothing. */
  readonly output: string | null
  /** It lies in the cluster or in our rights there. */
  readonly isOutside: boolean
}
