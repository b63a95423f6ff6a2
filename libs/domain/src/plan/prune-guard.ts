import { describeRef } from '../object/object-ref.ts'
import { isKept } from './prune.ts'
import type { Steps } from './steps.ts'

/** What a sync would remove of what its workflow owns. */
export type Pruning = {
  readonly deleted: number
  readonly owned: number
  /** Those that are never removed unasked, as a person reads them. */
  readonly kept: readonly string[]
}

/** So many deletions never exceed a budget, as of a handful of objects each is a large share; a budget of 0 counts every one. */
export const smallPruning = 2

const namedAtMost = 5

export function pruningOf({ steps, owned }: Pick<Steps, 'steps' | 'owned'>): Pruning {
  const deletions = steps.flatMap((step) => (step.action === 'delete' ? [step.ref] : []))
  return {
    deleted: deletions.length,
    owned: owned ?? deletions.length,
    kept: deletions.filter(isKept).map(describeRef),
  }
}

/** Why a sync that removes so much needs a person's approval, whatever its workflow says of approvals; nothing if it does not. */
export function pruneGuards({ deleted, owned, kept }: Pruning, budget: number): readonly string[] {
  const share = owned === 0 ? 100 : (deleted / owned) * 100
  const isBeyond = deleted > 0 && share > budget && (budget === 0 || deleted > smallPruning)
  const more = kept.length - namedAtMost
  const named = `${kept.slice(0, namedAtMost).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return [
    ...(isBeyond
      ? [
          `${deleted} of ${owned} objects would be deleted (${Math.min(100, Math.round(share))} %), and sync_policy.prune_budget is ${budget} %`,
        ]
      : []),
    ...(kept.length > 0 ? [`${named} would be deleted, with all that it holds`] : []),
  ]
}
