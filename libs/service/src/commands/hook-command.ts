import type { WorkflowConfig } from '@plimsoll/domain'
import type { Claim } from '@plimsoll/event-log'
import type { Cluster } from '@plimsoll/kubernetes'

/** One command of a workflow's sync. */
export type HookCommand = {
  readonly config: Pick<WorkflowConfig, 'id' | 'destination'>
  /** The destination. The engine's own identity there asks for the token, and has no other part in the command. */
  readonly cluster: Cluster
  readonly command: string
  /** Where the command stands: `pre_sync_hooks[0]`. */
  readonly where: string
  readonly revision: string
  /** Of the sync, or of the rollback. */
  readonly syncId: string
  readonly timeoutMs: number
  /** Values that must not be seen in what it writes. */
  readonly hidden: Iterable<string>
  /** Hears what it writes as it comes, masked; of a flood only a part. */
  readonly onOutput: (text: string) => void
  /** The right to run it, as it was renewed last: before that ends the command does, also if this process stands still. */
  readonly held: () => Claim
  readonly signal: AbortSignal
}
