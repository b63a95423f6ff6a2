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
}

const workflow = {
  id: 'shop',
  name: 'Shop in production',
  repository: 'shop-repo',
  target_path: 'k8s/production',
  source: {
    renderer: 'helm',
    helm: { release_name: 'shop', values_files: ['../values/production.yaml'], values: { replicas: 3 } },
    decryption: 'age',
  },
  destination: { cluster: 'default', namespace: 'shop', create_namespace: true },
  allow: { namespaces: ['shop', 'shop-jobs'], kinds: ['Deployment', 'apps/StatefulSet'], cluster_scoped: false },
  auto_sync: true,
  diff_preview: true,
  rollback_on_failure: true,
  sync_policy: {
    auto_prune: true,
    conflict_resolution: 'take',
    health_check: { enabled: true, timeout_ms: 300_000, failure_mode: 'fail' },
  },
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

const digests = { plan: digest('a'), steps: sealed('b'), manifest_set: sealed('c') }

export const workflowSamples: Samples<WorkflowEvent> = {
  WorkflowCreated: { type: 'WorkflowCreated', data: workflow },
  WorkflowChanged: { type: 'WorkflowChanged', data: { ...workflow, auto_sync: false } },
  WorkflowDeleted: { type: 'WorkflowDeleted', data: { cascade: true } },
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
      summary: {
        total_changes: 8,
        created_resources: 2,
        updated_resources: 5,
        deleted_resources: 1,
        replaced_resources: 0,
        conflict_count: 0,
        warning_count: 1,
        impact: { low: 4, medium: 3, high: 1, critical: 0 },
        highest_impact: 'high',
      },
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
  SyncRequested: { type: 'SyncRequested', data: { sync_id: 'sync-2', trigger: 'auto', revision: commit } },
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
  WaveApplied: { type: 'WaveApplied', data: { sync_id: 'sync-2', applied: 8, failed: 0, rebased: sealed('f') } },
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
  SyncSuperseded: { type: 'SyncSuperseded', data: { sync_id: 'sync-2', by: 'sync-3' } },
}

export const systemSamples: Samples<SystemEvent> = {
  AutoSyncStarted: { type: 'AutoSyncStarted', data: {} },
  AutoSyncStopped: { type: 'AutoSyncStopped', data: {} },
}

export const clusterSamples: Samples<ClusterEvent> = {
  ClusterReached: { type: 'ClusterReached', data: { id: 'default' } },
  ClusterLost: { type: 'ClusterLost', data: { id: 'default', message: 'connection refused' } },
}
