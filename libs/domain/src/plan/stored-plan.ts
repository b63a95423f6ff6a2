import { summarize } from './plan.ts'
import type { Change, Conflict, Plan } from './plan.ts'

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
  return { effects: [], impact: 'low', reasons: [], ...(stored as Old<Change, 'effects' | 'impact' | 'reasons'>) }
}

/** A body of now or of a version that did not know these fields. */
type Old<Body, Later extends keyof Body> = Omit<Body, Later> & Partial<Pick<Body, Later>>
