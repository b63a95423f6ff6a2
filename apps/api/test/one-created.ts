import type { PlanSummary } from '@plimsoll/domain'

/** The summary of a plan that creates one harmless object. */
export const oneCreated: PlanSummary = {
  total_changes: 1,
  created_resources: 1,
  updated_resources: 0,
  deleted_resources: 0,
  replaced_resources: 0,
  conflict_count: 0,
  warning_count: 0,
  impact: { low: 1, medium: 0, high: 0, critical: 0 },
  highest_impact: 'low',
}
