import type { KubernetesObject, WorkflowConfig } from '@plimsoll/domain'
import type { Cluster } from '@plimsoll/kubernetes'
import type { WorkflowOf } from '../workflow-of-mark.ts'

export type Writer = {
  readonly cluster: Cluster
  readonly config: WorkflowConfig
  /** Of the workflow's objects. */
  readonly mark: string
  readonly hash: (text: string) => string
  /** Called before every write; throws when the lease does not allow one. */
  readonly mayWrite: () => void
  /** Keeps the state that a step is about to change, where it is another one than was planned. Durable when it returns. */
  readonly backUp: (live: KubernetesObject) => Promise<void>
  /** Tells whose objects are whose: nothing is taken from another workflow of this installation. */
  readonly workflowOf?: WorkflowOf | undefined
  /** These steps were begun before: what is marked as ours although it was to be created, we have created. */
  readonly isResumed: boolean
  /** The plan was agreed to as it was shown: an object that changed since is left alone, and fails. */
  readonly isAgreed?: boolean
  readonly signal: AbortSignal
}
