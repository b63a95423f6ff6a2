import type { ChangeV1, ConflictV1, PlannedHookV1, PlanV1 } from '@plimsoll/proto'

/** A plan whose sums are those of what is given. */
export function aPlan(given: Partial<PlanV1>): PlanV1 {
  const { changes = [], conflicts = [], warnings = [] } = given
  const of = (type: ChangeV1['type']) => changes.filter((change) => change.type === type)
  const impact = { low: 0, medium: 0, high: 0, critical: 0 }
  for (const change of changes) impact[change.impact]++
  const highest = (['critical', 'high', 'medium', 'low'] as const).find((level) => impact[level] > 0)
  return {
    schema: 'plan.v1',
    workflow_id: 'web',
    revision: 'c0ffee0000000000',
    generated_at: '2026-11-23T09:00:30Z',
    digest: 'plan:4f1e5a0c9b2d7788',
    summary: {
      total_changes: changes.length,
      created_resources: of('create').length,
      updated_resources: of('update').length,
      deleted_resources: of('delete').length,
      replaced_resources: of('create').filter(({ replaces }) => replaces).length,
      conflict_count: conflicts.length,
      warning_count: warnings.length,
      impact,
      highest_impact: highest ?? '',
    },
    changes,
    hooks: [],
    conflicts,
    warnings,
    ...given,
  }
}

export function aChange(
  type: ChangeV1['type'],
  kind: string,
  namespace: string,
  name: string,
  given: Partial<ChangeV1>,
): ChangeV1 {
  const verb = { create: '+ Creating', update: '~ Updating', delete: '- Deleting' }[type]
  return {
    type,
    replaces: false,
    resource: `${kind}/${name}`,
    ref: { api_version: 'v1', kind, namespace, name },
    impact: 'low',
    reasons: [],
    effects: [],
    diff: `${verb} ${kind}/${name}`,
    fields: [],
    unified_diff: '',
    ...given,
  }
}

export function aHook(given: Partial<PlannedHookV1>): PlannedHookV1 {
  return {
    phase: 'PreSync',
    wave: 0,
    name: 'Job/migrate',
    kind: 'object',
    command: '',
    ref: { api_version: 'batch/v1', kind: 'Job', namespace: 'shop', name: 'migrate' },
    origin: 'argocd',
    where: 'k8s/migrate.yaml:1',
    delete_policies: ['BeforeHookCreation'],
    impact: 'medium',
    reasons: [],
    ...given,
  }
}

export function aConflict(given: Partial<ConflictV1>): ConflictV1 {
  return {
    type: 'validation',
    resource: 'Service/web',
    ref: { api_version: 'v1', kind: 'Service', namespace: 'shop', name: 'web' },
    blocking: true,
    description: 'someone changed it',
    manager: '',
    suggestions: [],
    ...given,
  }
}
