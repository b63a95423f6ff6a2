import type { WorkflowConfig } from '@plimsoll/domain'
import { InvalidTreeError } from '@plimsoll/git'
import { KubernetesError } from '@plimsoll/kubernetes'
import { TreeTooLargeError } from './source/git-tree.ts'
import { PlanFault, unplannable, unreadableFolder } from './plan-fault.ts'

/** What only a person can mend; undefined for what may pass by itself. */
export function faultOf(error: unknown, { destination, target_path: path }: WorkflowConfig): PlanFault | undefined {
  if (error instanceof PlanFault) return error
  if (error instanceof InvalidTreeError || error instanceof TreeTooLargeError) return unreadableFolder(path, error)
  if (!(error instanceof KubernetesError) || error.retryable || error.kind === 'unauthorized') return undefined
  return unplannable(destination.cluster, error)
}
