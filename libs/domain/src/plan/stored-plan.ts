import { summarize } from './plan.ts'
import type { Change, Conflict, Plan } from './plan.ts'
import { unifiedDiff } from './unified-diff.ts'

/**
 * A plan as it is stored: what a reader makes of its states again is left out, as the difference of an object that is created
 * or deleted is the object once more.
 */
export function planBody(plan: Plan): unknown {
  return { ...plan, changes: plan.changes.map(changeBody) }
}

function changeBody({ unified_diff: diff, ...change }: Change): unknown {
  return change.type === 'update' || change.replaces ? { ...change, unified_diff: diff } : change
}

/** Reads a plan as any version stored it: what is not in it is filled in. */
export function storedPlan(stored: unknown): Plan {
  const plan = stored as Old<Plan, 'digest'>
  const changes = plan.changes.map(storedChange)
  const conflicts = plan.conflicts.map(storedConflict)
  return {
    ...plan,
    digest: plan.digest ?? '',
    changes,
    conflicts,
    summary: { ...summarize({ changes, conflicts, warnings: plan.warnings }), ...plan.summary },
  }
}

function storedConflict(stored: unknown): Conflict {
  // Every conflict blocked once.
  return { blocking: true, manager: null, time: null, ...(stored as Old<Conflict, 'blocking' | 'manager' | 'time'>) }
}

function storedChange(stored: unknown): Change {
  const change = stored as Old<Change, 'unified_diff' | 'effects' | 'impact' | 'reasons'>
  const diff = change.unified_diff ?? unifiedDiff(change.current_state, change.desired_state)
  return { effects: [], impact: 'low', reasons: [], ...change, unified_diff: diff }
}

/** A body of now or of a version that did not know these fields. */
type Old<Body, Later extends keyof Body> = Omit<Body, Later> & Partial<Pick<Body, Later>>
