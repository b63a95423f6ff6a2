import type { FailureStage } from '../sync-result.ts'
import type { Workflow } from '../state/state.ts'

/** Ends after the first write, or after the first hook. */
const midway: ReadonlySet<FailureStage | null> = new Set(['hook', 'apply', 'prune', 'health', 'cancelled'])

/**
 * Whether hooks run with a sync of so many changes: with one that changes something, and with one that takes up what failed
 * midway, as not all of the hooks may have run then.
 */
export function runsHooks({ carriedOut, undone }: Workflow, changes: number): boolean {
  if (changes > 0) return true
  return carriedOut?.status === 'failed' && midway.has(carriedOut.stage) && undone === null
}
