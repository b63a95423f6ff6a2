import { summarize } from './plan.ts'
import type { Change, Conflict, Plan, PlanSummary } from './plan.ts'

/** Reads a plan as any version stored it: what an older one did not know yet is filled in. */
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

/** Reads a conflict as any version stored it. */
export function storedConflict(stored: unknown): Conflict {
  // Every conflict blocked once.
  return { blocking: true, manager: null, time: null, ...(stored as Old<Conflict, 'blocking' | 'manager' | 'time'>) }
}

/** The sums of a plan as they were before impacts were known. */
export function storedSummary(
  stored: Old<PlanSummary, 'replaced_resources' | 'impact' | 'highest_impact'>,
): PlanSummary {
  return {
    replaced_resources: 0,
    impact: { low: 0, medium: 0, high: 0, critical: 0 },
    highest_impact: null,
    ...stored,
  }
}

function storedChange(stored: unknown): Change {
  const change = stored as Old<Change, 'unified_diff' | 'effects' | 'impact' | 'reasons'>
  return { unified_diff: '', effects: [], impact: 'low', reasons: [], ...change }
}

/** A body of now or of a version that did not know these fields. */
type Old<Body, Later extends keyof Body> = Omit<Body, Later> & Partial<Pick<Body, Later>>
