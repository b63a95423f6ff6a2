import type { WorkflowEvent } from '../../src/workflow/events/events.ts'
import { commit, digest, sealed, tree, unparked } from './sample.ts'
import type { Samples } from './sample.ts'
import { workflow } from './sample-workflow.ts'

const fault = {
  what: 'Deployment shop/web is not valid',
  where: 'k8s/production/web.yaml:12',
  because: 'spec.selector is missing',
  try: 'add spec.selector',
}

const metrics = {
  duration_ms: 45_200,
  resources_processed: 15,
  resources_applied: 8,
  resources_skipped: 7,
  conflicts_resolved: 1,
}

const earlier = 'cafe'.padEnd(40, '0')

const digests = { plan: digest('a'), steps: sealed('b'), manifest_set: sealed('c') }

const summary = {
  total_changes: 8,
  created_resources: 2,
  updated_resources: 5,
  deleted_resources: 1,
  replaced_resources: 0,
  conflict_count: 0,
  warning_count: 1,
  impact: { low: 4, medium: 3, high: 1, critical: 0 },
  highest_impact: 'high',
} as const

export const workflowSamples: Samples<WorkflowEvent> = {
  WorkflowCreated: { type: 'WorkflowCreated', data: workflow },
  WorkflowChanged: { type: 'WorkflowChanged', data: { ...workflow, auto_sync: false } },
  WorkflowDeleted: { type: 'WorkflowDeleted', data: { cascade: true, prune_kept: true } },
  DecryptionKeyChanged: {
    type: 'DecryptionKeyChanged',
    data: { recipients: ['age1y86mh4yfgmvkpvchp9szm8jt7xl7wy33aal2503fcwd53jcjgpkqpq4zzz'] },
  },
  WorkflowReleased: { type: 'WorkflowReleased', data: { deleted: 14, kept: ['Namespace shop'] } },
  PlanRequested: { type: 'PlanRequested', data: { revision: commit } },
  PlanMade: {
    type: 'PlanMade',
    data: {
      revision: commit,
      tree,
      paths: ['k8s/base', 'k8s/production'],
      digest: `plan:${'9'.repeat(64)}`,
      ...digests,
      objects: `set:${'8'.repeat(64)}`,
      summary,
      sync_id: 'sync-2',
    },
  },
  PlanFailed: {
    type: 'PlanFailed',
    data: {
      revision: commit,
      tree,
      paths: ['k8s/base', 'k8s/production'],
      stage: 'render',
      message: fault.what,
      faults: [fault],
      sync_id: 'sync-2',
    },
  },
  PreviewRequested: { type: 'PreviewRequested', data: { revision: 'facade'.padEnd(40, '0'), of: 'plan' } },
  PreviewMade: {
    type: 'PreviewMade',
    data: {
      revision: 'facade'.padEnd(40, '0'),
      tree,
      paths: ['k8s/base', 'k8s/production'],
      digest: `plan:${'7'.repeat(64)}`,
      plan: digest('6'),
      manifest_set: sealed('6'),
      objects: `set:${'6'.repeat(64)}`,
      summary,
    },
  },
  RevisionRendered: {
    type: 'RevisionRendered',
    data: {
      revision: 'facade'.padEnd(40, '0'),
      tree,
      paths: ['k8s/base', 'k8s/production'],
      manifest_set: sealed('6'),
      objects: `set:${'6'.repeat(64)}`,
    },
  },
  PreviewFailed: {
    type: 'PreviewFailed',
    data: { revision: 'facade'.padEnd(40, '0'), of: 'render', stage: 'render', message: fault.what, faults: [fault] },
  },
  SyncRequested: {
    type: 'SyncRequested',
    data: {
      sync_id: 'sync-2',
      trigger: 'manual',
      revision: commit,
      plan: `plan:${'9'.repeat(64)}`,
      by: 'ada',
      prune_kept: true,
    },
  },
  HistoryTrimmed: {
    type: 'HistoryTrimmed',
    data: {
      up_to: 4_711,
      syncs_before: '2026-08-25T06:30:00.000Z',
      plans_before: '2026-08-25T07:30:00.000Z',
      blobs: 120,
      bytes: 1_048_576,
      age_ms: 7_776_000_000,
      count: 100,
    },
  },
  RetryScheduled: {
    type: 'RetryScheduled',
    data: {
      sync_id: 'sync-2',
      next_sync_id: 'sync-2-try-2',
      failures: 1,
      since: '2026-11-23T06:30:00.000Z',
      at: '2026-11-23T06:30:05.000Z',
    },
  },
  DriftDetected: {
    type: 'DriftDetected',
    data: {
      at: '2026-11-23T07:00:00.000Z',
      objects: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          namespace: 'shop',
          name: 'web',
          what: 'modified',
          fields: ['spec.replicas', 'spec.template.spec.containers[name=web].image'],
          more_fields: 1,
          manager: 'kubectl-edit',
          time: '2026-11-23T06:59:59Z',
        },
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          namespace: 'shop',
          name: 'app',
          what: 'deleted',
          fields: [],
          more_fields: 0,
          manager: null,
          time: null,
        },
      ],
      total: 2,
      heal_at: '2026-11-23T07:00:32.000Z',
      contest: {
        object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
        field: 'spec.replicas',
        manager: 'kubectl-edit',
        heals: 5,
        within_ms: 32_000,
      },
      message: 'Drifted: kubectl-edit changed Deployment/web spec.replicas (and 1 more object).',
    },
  },
  DriftHealed: {
    type: 'DriftHealed',
    data: {
      at: '2026-11-23T07:00:33.000Z',
      objects: [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }],
      left: 1,
      how: 'heal',
      by: 'sync-8',
      message: 'Deployment/web is as it was applied, put back by sync-8; 1 still differs.',
    },
  },
  HealthObserved: {
    type: 'HealthObserved',
    data: {
      at: '2026-11-23T07:01:00.000Z',
      healthy: false,
      objects: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          namespace: 'shop',
          name: 'web',
          status: 'Degraded',
          message: '1 of 3 replicas are available; pod web-1: CrashLoopBackOff',
        },
      ],
      total: 1,
      message: 'Not healthy any more: Deployment/web: 1 of 3 replicas are available; pod web-1: CrashLoopBackOff.',
    },
  },
  WorkflowPaused: { type: 'WorkflowPaused', data: { by: 'ada', reason: 'the database is moved' } },
  WorkflowResumed: { type: 'WorkflowResumed', data: { by: 'ada' } },
  SyncHeld: { type: 'SyncHeld', data: { sync_id: 'sync-2', gate: 'window', message: 'no allow window is open' } },
  ApprovalRequested: {
    type: 'ApprovalRequested',
    data: {
      sync_id: 'sync-2',
      plan: `plan:${'9'.repeat(64)}`,
      expires_at: '2026-11-24T06:30:00.000Z',
      reason: '3 of 4 objects would be deleted (75 %), and sync_policy.prune_budget is 50 %',
    },
  },
  SyncApproved: {
    type: 'SyncApproved',
    data: { sync_id: 'sync-2', plan: `plan:${'9'.repeat(64)}`, by: 'grace', reason: 'looked at with Ada' },
  },
  SyncRefused: { type: 'SyncRefused', data: { sync_id: 'sync-2', by: 'grace', reason: 'not on a Friday' } },
  WorkflowUnparked: { type: 'WorkflowUnparked', data: { ...unparked, roles: ['plan', 'write'] } },
  CancelRequested: { type: 'CancelRequested', data: { sync_id: 'sync-2', by: 'ada', reason: 'wrong cluster' } },
  SyncStarted: {
    type: 'SyncStarted',
    data: {
      sync_id: 'sync-2',
      revision: commit,
      attempt: 3,
      ...digests,
      backup: sealed('d'),
      inventory: sealed('e'),
      resources: 15,
    },
  },
  SyncStalled: {
    type: 'SyncStalled',
    data: { sync_id: 'sync-2', message: 'the API server of cluster default cannot be reached' },
  },
  HookStarted: { type: 'HookStarted', data: { sync_id: 'sync-2', phase: 'PreSync', hook: 'Job/migrate' } },
  HookFinished: {
    type: 'HookFinished',
    data: {
      sync_id: 'sync-2',
      phase: 'PreSync',
      hook: 'Job/migrate',
      ok: true,
      message: 'completed',
      outside: false,
      duration_ms: 12_300,
      output: sealed('9'),
    },
  },
  BackupExtended: { type: 'BackupExtended', data: { sync_id: 'sync-2', backup: sealed('d') } },
  WaveApplied: {
    type: 'WaveApplied',
    data: { sync_id: 'sync-2', wave: 1, applied: 8, failed: 0, rebased: sealed('f') },
  },
  SyncSucceeded: {
    type: 'SyncSucceeded',
    data: {
      sync_id: 'sync-2',
      revision: commit,
      tree,
      paths: ['k8s/base', 'k8s/production'],
      manifest_set: digests.manifest_set,
      inventory: sealed('0'),
      message: 'Sync completed successfully',
      metrics,
      healthy: true,
    },
  },
  SyncFailed: {
    type: 'SyncFailed',
    data: {
      sync_id: 'sync-2',
      revision: commit,
      stage: 'apply',
      message: fault.what,
      faults: [fault],
      inventory: sealed('1'),
      metrics,
    },
  },
  SyncSuperseded: {
    type: 'SyncSuperseded',
    data: { sync_id: 'sync-2', by: 'sync-3', revision: commit, inventory: sealed('2'), metrics },
  },
  RollbackRequested: {
    type: 'RollbackRequested',
    data: {
      rollback_id: 'rollback-1',
      undo_from: 'sync-2',
      revision: earlier,
      trigger: 'auto',
      reason: 'Deployment/web is Degraded',
      force: false,
      rejects: true,
    },
  },
  RollbackPlanRequested: {
    type: 'RollbackPlanRequested',
    data: { rollback_id: 'rollback-1', undo_from: 'sync-2', revision: earlier, force: false },
  },
  RollbackPlanned: {
    type: 'RollbackPlanned',
    data: { rollback_id: 'rollback-1', revision: earlier, plan: digest('2'), summary, message: '', faults: [fault] },
  },
  RollbackStarted: {
    type: 'RollbackStarted',
    data: {
      rollback_id: 'rollback-1',
      attempt: 2,
      undoes: ['sync-2'],
      plan: digest('2'),
      steps: sealed('3'),
      backup: sealed('4'),
      inventory: sealed('5'),
      resources: 8,
    },
  },
  RollbackStalled: {
    type: 'RollbackStalled',
    data: { rollback_id: 'rollback-1', message: 'the API server of cluster default cannot be reached' },
  },
  RollbackSucceeded: {
    type: 'RollbackSucceeded',
    data: {
      rollback_id: 'rollback-1',
      undoes: ['sync-2'],
      revision: earlier,
      tree,
      paths: ['k8s/production'],
      manifest_set: sealed('6'),
      inventory: sealed('7'),
      message: 'Rolled back',
      metrics,
      healthy: true,
      kept: ['Namespace shop-jobs'],
      left: ['ConfigMap shop/settings'],
    },
  },
  RollbackFailed: {
    type: 'RollbackFailed',
    data: {
      rollback_id: 'rollback-1',
      stage: 'apply',
      message: fault.what,
      faults: [fault],
      inventory: sealed('7'),
      metrics,
      kept: ['Namespace shop-jobs'],
      left: ['ConfigMap shop/settings'],
    },
  },
  RevisionRejected: {
    type: 'RevisionRejected',
    data: {
      rollback_id: 'rollback-1',
      revision: commit,
      objects: `set:${'8'.repeat(64)}`,
      reason: 'Deployment/web is Degraded',
    },
  },
  RevisionReinstated: { type: 'RevisionReinstated', data: { revisions: [commit] } },
}
