import type { ClusterEvent } from '../src/cluster.ts'
import type { RepositoryEvent } from '../src/repository.ts'
import type { SystemEvent } from '../src/system.ts'
import type { WorkflowEvent } from '../src/workflow/events.ts'

/** One event of every type, with every field, as this version of Plimsoll writes it; what may be null holds a value. */
type Samples<Event extends { readonly type: string; readonly data: unknown }> = {
  readonly [Type in Event['type']]: { readonly type: Type } & Extract<Event, { readonly type: Type }>
}

const digest = (hex: string) => `sha256:${hex.repeat(64)}`
const sealed = (hex: string) => `hmac:${hex.repeat(64)}`
const commit = 'c0ffee'.padEnd(40, '0')
const tree = '7ee'.padEnd(40, '0')

const repository = {
  id: 'shop-repo',
  url: 'https://git.example.com/company/shop.git',
  branch: 'main',
  poll_interval_ms: 30_000,
  credentials: 'token',
  ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  proxy: 'http://proxy.example.com:3128',
  known_hosts: 'git.example.com ssh-ed25519 AAAAC3Nza',
} as const

const unparked = { roles: ['repository'], by: 'ada', reason: 'the certificate is renewed' }

export const repositorySamples: Samples<RepositoryEvent> = {
  RepositoryRegistered: { type: 'RepositoryRegistered', data: repository },
  RepositoryChanged: { type: 'RepositoryChanged', data: { ...repository, branch: 'stable' } },
  CredentialRotated: { type: 'CredentialRotated', data: { credentials: 'ssh' } },
  RepositoryDeleted: { type: 'RepositoryDeleted', data: { id: 'shop-repo' } },
  RefreshRequested: { type: 'RefreshRequested', data: { source: 'webhook' } },
  RevisionObserved: {
    type: 'RevisionObserved',
    data: {
      revision: commit,
      tree: '1ee'.padEnd(40, '0'),
      message: 'Serve the shop on port 8080\n\nThe probes followed.',
      author: 'Ada <ada@example.com>',
      committed_at: '2026-11-23T06:30:00.000Z',
    },
  },
  SourceFailed: {
    type: 'SourceFailed',
    data: { kind: 'auth-refused', message: 'the remote refused the credentials', retryable: true },
  },
  SourceRecovered: { type: 'SourceRecovered', data: { revision: commit } },
  RevisionRequested: { type: 'RevisionRequested', data: { ref: 'refs/pull/7/head' } },
  RevisionResolved: {
    type: 'RevisionResolved',
    data: {
      ref: 'refs/pull/7/head',
      revision: 'facade'.padEnd(40, '0'),
      tree: '3ee'.padEnd(40, '0'),
      message: 'Try another port',
      author: 'Grace <grace@example.com>',
      committed_at: '2026-11-23T06:40:00.000Z',
    },
  },
  RevisionRefused: {
    type: 'RevisionRefused',
    data: { ref: 'refs/pull/7/head', kind: 'revision-missing', message: 'the remote shows no ref of that name' },
  },
  RepositoryUnparked: { type: 'RepositoryUnparked', data: unparked },
}

const workflow = {
  id: 'shop',
  name: 'Shop in production',
  labels: { app: 'shop', environment: 'production' },
  repository: 'shop-repo',
  target_path: 'k8s/production',
  source: {
    renderer: 'helm',
    helm: { release_name: 'shop', values_files: ['../values/production.yaml'], values: { replicas: 3 } },
    decryption: 'age',
  },
  destination: {
    cluster: 'default',
    namespace: 'shop',
    create_namespace: true,
    service_account: { namespace: 'shop', name: 'deployer' },
  },
  allow: { namespaces: ['shop', 'shop-jobs'], kinds: ['Deployment', 'apps/StatefulSet'], cluster_scoped: false },
  auto_sync: true,
  diff_preview: true,
  rollback_on_failure: true,
  sync_policy: {
    auto_prune: true,
    conflict_resolution: 'take',
    health_check: { enabled: true, timeout_ms: 300_000, failure_mode: 'fail' },
    retry: { limit: 3, backoff: 'exponential', interval_ms: 5_000, max_duration_ms: 600_000 },
    rollback_limit: 2,
    prune_budget: 50,
    self_heal: true,
    pre_sync_hooks: ['kubectl cluster-info'],
    post_sync_hooks: ['kubectl rollout status deployment/app'],
    hook_timeout_ms: 600_000,
    sync_windows: [
      {
        kind: 'allow',
        schedule: '0 22 * * 1-5',
        duration_ms: 7_200_000,
        time_zone: 'Europe/Berlin',
        manual_sync: true,
      },
    ],
  },
  approval: { required: true, from_impact: 'high', allow_requester: false, expires_ms: 86_400_000 },
  depends_on: ['database'],
  ignore: [
    {
      group: 'apps',
      kind: 'Deployment',
      namespace: null,
      name: 'web-*',
      json_pointers: ['/spec/replicas'],
      managers: ['kube-controller-manager'],
    },
  ],
  sensitive: [{ group: '', kind: 'ConfigMap', namespace: 'shop', name: 'app', json_pointers: ['/data/token'] }],
  impact: { 'scale-to-zero': 'critical' },
} as const

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

export const systemSamples: Samples<SystemEvent> = {
  AutoSyncStarted: { type: 'AutoSyncStarted', data: {} },
  AutoSyncStopped: { type: 'AutoSyncStopped', data: {} },
}

const registered = {
  id: 'east',
  server: 'https://east.example.com:6443',
  context: 'admin@east',
  ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  tls_server_name: 'kubernetes.default',
  proxy: 'http://proxy.example.com:3128',
  credentials: 'token',
  fingerprint: 'e1'.repeat(16),
  uid: '6a1b0c1e-0000-4000-8000-00000000ea57',
} as const

export const clusterSamples: Samples<ClusterEvent> = {
  ClusterRegistered: { type: 'ClusterRegistered', data: { ...registered, version: '1.36.4' } },
  ClusterChanged: { type: 'ClusterChanged', data: { ...registered, server: 'https://new.example.com' } },
  ClusterCredentialRotated: {
    type: 'ClusterCredentialRotated',
    data: { id: 'east', credentials: 'certificate', fingerprint: 'f2'.repeat(16) },
  },
  ClusterRemoved: { type: 'ClusterRemoved', data: { id: 'east' } },
  ClusterReached: { type: 'ClusterReached', data: { id: 'default', version: '1.36.4' } },
  ClusterLost: { type: 'ClusterLost', data: { id: 'default', message: 'connection refused' } },
  ClusterUnparked: { type: 'ClusterUnparked', data: { ...unparked, roles: ['cluster'] } },
}
