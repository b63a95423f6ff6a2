import { expect, test } from 'vitest'
import { workflowConfig } from './config.ts'
import type { WorkflowConfig, WorkflowRequest } from './config.ts'
import type { SourceRequest } from './source-config.ts'

const minimal: WorkflowRequest = { repository: 'shop-repo' }

function accepted(request: WorkflowRequest): WorkflowConfig {
  const checked = workflowConfig(request)
  if (!checked.ok) throw new Error(checked.problems.map(({ field, message }) => `${field} ${message}`).join(', '))
  return checked.value
}

function problemsOf(request: WorkflowRequest): readonly string[] {
  const checked = workflowConfig(request)
  return checked.ok ? [] : checked.problems.map(({ field }) => field)
}

test.each<[string, (config: WorkflowConfig) => unknown, unknown]>([
  ['target_path', (config) => config.target_path, '.'],
  ['name', (config) => config.name, accepted(minimal).id],
  ['destination.cluster', (config) => config.destination.cluster, 'default'],
  ['destination.namespace', (config) => config.destination.namespace, 'default'],
  ['destination.create_namespace', (config) => config.destination.create_namespace, false],
  ['destination.service_account', (config) => config.destination.service_account, null],
  ['labels', (config) => Object.keys(config.labels).length, 0],
  ['allow.namespaces', (config) => config.allow.namespaces, null],
  ['allow.kinds', (config) => config.allow.kinds, null],
  ['allow.cluster_scoped', (config) => config.allow.cluster_scoped, true],
  ['auto_sync', (config) => config.auto_sync, false],
  ['diff_preview', (config) => config.diff_preview, true],
  ['rollback_on_failure', (config) => config.rollback_on_failure, false],
  ['sync_policy.auto_prune', (config) => config.sync_policy.auto_prune, false],
  ['sync_policy.conflict_resolution', (config) => config.sync_policy.conflict_resolution, 'fail'],
  ['sync_policy.health_check.enabled', (config) => config.sync_policy.health_check.enabled, true],
  ['sync_policy.health_check.timeout', (config) => config.sync_policy.health_check.timeout_ms, 300_000],
  ['sync_policy.health_check.failure_mode', (config) => config.sync_policy.health_check.failure_mode, null],
  ['source.renderer', (config) => config.source.renderer, 'auto'],
  ['source.helm.release_name', (config) => config.source.helm.release_name, null],
  ['source.helm.values_files', (config) => config.source.helm.values_files.length, 0],
  ['source.helm.values', (config) => Object.keys(config.source.helm.values).length, 0],
  ['source.decryption', (config) => config.source.decryption, null],
  ['ignore', (config) => config.ignore.length, 0],
  ['sensitive', (config) => config.sensitive.length, 0],
  ['impact', (config) => Object.keys(config.impact).length, 0],
  ['approval.required', (config) => config.approval.required, false],
  ['approval.from_impact', (config) => config.approval.from_impact, null],
  ['approval.allow_requester', (config) => config.approval.allow_requester, false],
  ['approval.expires', (config) => config.approval.expires_ms, 86_400_000],
  ['depends_on', (config) => config.depends_on.length, 0],
  ['sync_policy.rollback_limit', (config) => config.sync_policy.rollback_limit, 2],
  ['sync_policy.retry.limit', (config) => config.sync_policy.retry.limit, 0],
  ['sync_policy.retry.backoff', (config) => config.sync_policy.retry.backoff, 'exponential'],
  ['sync_policy.retry.interval', (config) => config.sync_policy.retry.interval_ms, 5_000],
  ['sync_policy.retry.max_duration', (config) => config.sync_policy.retry.max_duration_ms, 600_000],
  ['sync_policy.self_heal', (config) => config.sync_policy.self_heal, false],
  ['sync_policy.prune_budget', (config) => config.sync_policy.prune_budget, 50],
  ['sync_policy.pre_sync_hooks', (config) => config.sync_policy.pre_sync_hooks.length, 0],
  ['sync_policy.post_sync_hooks', (config) => config.sync_policy.post_sync_hooks.length, 0],
  ['sync_policy.hook_timeout', (config) => config.sync_policy.hook_timeout_ms, 600_000],
  ['sync_policy.sync_windows', (config) => config.sync_policy.sync_windows.length, 0],
])('%s has its default', (_field, read, value) => {
  expect(read(accepted(minimal))).toBe(value)
})

test('a default stands beside what is said', () => {
  const health_check = { failure_mode: 'ignore' }
  expect(accepted({ ...minimal, sync_policy: { health_check } }).sync_policy).toEqual({
    auto_prune: false,
    conflict_resolution: 'fail',
    health_check: { enabled: true, timeout_ms: 300_000, failure_mode: 'ignore' },
    retry: { limit: 0, backoff: 'exponential', interval_ms: 5_000, max_duration_ms: 600_000 },
    rollback_limit: 2,
    sync_windows: [],
    self_heal: false,
    prune_budget: 50,
    pre_sync_hooks: [],
    post_sync_hooks: [],
    hook_timeout_ms: 600_000,
  })
})

test('what is said is kept', () => {
  const said = {
    id: 'shop',
    name: 'Shop in production',
    labels: { app: 'shop', 'example.org/team': 'web' },
    repository: 'shop-repo',
    target_path: 'k8s/production',
    destination: { cluster: 'eu-1', namespace: 'shop', create_namespace: true, service_account: 'deploy/er' },
    allow: { namespaces: ['shop'], kinds: ['apps/Deployment'], cluster_scoped: false },
    auto_sync: true,
    diff_preview: false,
    rollback_on_failure: true,
    source: {
      renderer: 'helm',
      helm: { release_name: 'shop', values_files: ['../values/eu.yaml'], values: { web: { replicas: 3 } } },
      decryption: 'age' as const,
    },
    ignore: [{ kind: 'Deployment', json_pointers: ['/spec/replicas', '/metadata/annotations/a~1b'] }],
    sensitive: [{ group: '', kind: 'ConfigMap', name: '*', json_pointers: ['/data/token'] }],
    impact: { 'scale-to-zero': 'critical' },
    depends_on: ['database'],
  }
  const all = { group: null, kind: null, namespace: null, name: null }
  const health_check = { enabled: false, failure_mode: 'ignore' }
  const retry = { limit: 5, backoff: 'linear' }
  const window = { kind: 'deny', schedule: '0 0 24 12 *', time_zone: 'Europe/Berlin', manual_sync: true }
  const approval = { allow_requester: true }
  const hooks = { pre_sync_hooks: ['kubectl cluster-info'], post_sync_hooks: ['curl -f http://app/health'] }
  const policy = { auto_prune: true, conflict_resolution: 'take', prune_budget: 20, self_heal: true, ...hooks }
  const asked = {
    ...policy,
    health_check: { ...health_check, timeout: '10m' },
    retry: { ...retry, interval: '1s', max_duration: '1h' },
    rollback_limit: 5,
    hook_timeout: '1m',
    sync_windows: [{ ...window, duration: '72h' }],
  }
  expect(accepted({ ...said, sync_policy: asked, approval: { ...approval, expires: '8h' } })).toEqual({
    ...said,
    destination: { ...said.destination, service_account: { namespace: 'deploy', name: 'er' } },
    approval: { ...approval, required: false, from_impact: null, expires_ms: 28_800_000 },
    sync_policy: {
      ...policy,
      health_check: { ...health_check, timeout_ms: 600_000 },
      retry: { ...retry, interval_ms: 1_000, max_duration_ms: 3_600_000 },
      rollback_limit: 5,
      hook_timeout_ms: 60_000,
      sync_windows: [{ ...window, duration_ms: 259_200_000 }],
    },
    ignore: [{ ...all, ...said.ignore[0], managers: [] }],
    sensitive: [{ ...all, ...said.sensitive[0], name: null }],
  })
})

test('the id is derived from repository, path and destination', () => {
  const { id } = accepted(minimal)
  expect(id).toMatch(/^workflow-[0-9a-f]{16}$/)
  const same: readonly Partial<WorkflowRequest>[] = [
    { target_path: '.' },
    { target_path: '' },
    { destination: { namespace: 'default' } },
    { name: 'another', auto_sync: true },
  ]
  for (const request of same) expect(accepted({ ...minimal, ...request }).id).toBe(id)
  const others: readonly Partial<WorkflowRequest>[] = [
    { repository: 'other-repo' },
    { target_path: 'k8s' },
    { destination: { namespace: 'shop' } },
    { destination: { cluster: 'eu-1' } },
  ]
  for (const request of others) expect(accepted({ ...minimal, ...request }).id).not.toBe(id)
})

test.each([
  ['.', '.'],
  ['', '.'],
  ['./', '.'],
  ['k8s/web', 'k8s/web'],
  ['./k8s//web/', 'k8s/web'],
  ['k8s/./web', 'k8s/web'],
  ['k8s/..web', 'k8s/..web'],
  ['.github', '.github'],
])('the path %j is %s', (path, normal) => {
  expect(accepted({ ...minimal, target_path: path }).target_path).toBe(normal)
})

test.each(['..', '../k8s', 'k8s/../../etc', 'k8s/..', '/etc', '/', 'k8s\\web', 'k8s\0', '.git', 'k8s/.git/hooks'])(
  'the path %j is refused',
  (path) => {
    expect(problemsOf({ ...minimal, target_path: path })).toEqual(['target_path'])
  },
)

test.each<[string, Partial<WorkflowRequest>, readonly string[]]>([
  ['an id with capitals', { id: 'Shop' }, ['id']],
  ['an id of 64 characters', { id: 'a'.repeat(64) }, ['id']],
  ['no repository', { repository: '' }, ['repository']],
  ['a namespace with capitals', { destination: { namespace: 'Shop' } }, ['destination.namespace']],
  ['a namespace with a dot', { destination: { namespace: 'shop.eu' } }, ['destination.namespace']],
  ['an empty namespace', { destination: { namespace: '' } }, ['destination.namespace']],
  ['an empty cluster', { destination: { cluster: '' } }, ['destination.cluster']],
  ['a timeout without a unit', health({ timeout: '10' }), ['sync_policy.health_check.timeout']],
  ['a timeout of zero', health({ timeout: '0s' }), ['sync_policy.health_check.timeout']],
  ['a timeout that no timer can wait for', health({ timeout: '30d' }), ['sync_policy.health_check.timeout']],
  ['an unknown failure mode', health({ failure_mode: 'retry' }), ['sync_policy.health_check.failure_mode']],
  [
    'an unknown conflict resolution',
    { sync_policy: { conflict_resolution: 'ours' } },
    ['sync_policy.conflict_resolution'],
  ],
  ['an unknown renderer', { source: { renderer: 'jsonnet' } }, ['source.renderer']],
  ['a release name with capitals', helm({ release_name: 'Shop' }), ['source.helm.release_name']],
  ['a release name that is too long', helm({ release_name: 'a'.repeat(54) }), ['source.helm.release_name']],
  ['an absolute values file', helm({ values_files: ['/etc/passwd'] }), ['source.helm.values_files']],
  [
    'a values file elsewhere',
    helm({ values_files: ['https://example.com/values.yaml'] }),
    ['source.helm.values_files'],
  ],
  ['values that fill an event', helm({ values: { text: 'x'.repeat(30_000) } }), ['source.helm.values']],
  ['settings of a chart for plain files', helm({ release_name: 'shop' }, 'plain'), ['source.helm']],
  ['an ignore rule that names no field', { ignore: [{ kind: 'Deployment' }] }, ['ignore[0]']],
  ['a pointer without a slash', { ignore: [{ json_pointers: ['spec'] }] }, ['ignore[0].json_pointers']],
  ['a pointer to everything', { sensitive: [{ json_pointers: [''] }] }, ['sensitive[0].json_pointers']],
  ['a sensitive rule that names no field', { sensitive: [{}] }, ['sensitive[0]']],
  ['too many rules', { ignore: Array.from({ length: 101 }, () => ({ managers: ['x'] })) }, ['ignore']],
  ['an approval from an unknown impact on', { approval: { from_impact: 'bad' } }, ['approval.from_impact']],
  ['an approval that never expires', { approval: { expires: '0s' } }, ['approval.expires']],
  ['an approval of what is not planned', { diff_preview: false, approval: { required: true } }, ['approval']],
  ['settings that fill an event', { name: 'x'.repeat(60_000) }, ['workflow']],
  ['a workflow that waits for itself', { id: 'shop', depends_on: ['shop'] }, ['depends_on']],
  ['a dependency that is no id', { depends_on: ['Data base'] }, ['depends_on']],
  ['a rollback limit of zero', { sync_policy: { rollback_limit: 0 } }, ['sync_policy.rollback_limit']],
  ['a budget of more than all', { sync_policy: { prune_budget: 101 } }, ['sync_policy.prune_budget']],
  ['half a percent', { sync_policy: { prune_budget: 0.5 } }, ['sync_policy.prune_budget']],
  ['a hook of blanks', { sync_policy: { pre_sync_hooks: [' '] } }, ['sync_policy.pre_sync_hooks[0]']],
  ['a hook too long', { sync_policy: { post_sync_hooks: ['x'.repeat(4_097)] } }, ['sync_policy.post_sync_hooks[0]']],
  ['too many hooks', { sync_policy: { pre_sync_hooks: Array<string>(21).fill('ls') } }, ['sync_policy.pre_sync_hooks']],
  ['a hook without end', { sync_policy: { hook_timeout: '48h' } }, ['sync_policy.hook_timeout']],
  ['a label with a blank', { labels: { 'my app': 'shop' } }, ['labels.my app']],
  ['a label with two slashes', { labels: { 'a/b/c': 'shop' } }, ['labels.a/b/c']],
  ['a label with a bad value', { labels: { app: 'my shop' } }, ['labels.app']],
  ['a bad service account', { destination: { service_account: 'a/b/c' } }, ['destination.service_account']],
  ['an account without a name', { destination: { service_account: 'shop/' } }, ['destination.service_account']],
  ['a negative limit', { sync_policy: { retry: { limit: -1 } } }, ['sync_policy.retry.limit']],
  ['half a try', { sync_policy: { retry: { limit: 1.5 } } }, ['sync_policy.retry.limit']],
  ['an unknown backoff', { sync_policy: { retry: { backoff: 'random' } } }, ['sync_policy.retry.backoff']],
  ['a retry without end', { sync_policy: { retry: { max_duration: '48h' } } }, ['sync_policy.retry.max_duration']],
  [
    'a window of nothing',
    { sync_policy: { sync_windows: [{}] } },
    ['kind', 'duration', 'schedule'].map((field) => `sync_policy.sync_windows[0].${field}`),
  ],
  ['an unknown impact', { impact: { 'scale-to-zero': 'fatal' } }, ['impact.scale-to-zero']],
  ['an impact for an unknown rule', { impact: { 'scale-to-none': 'low' } }, ['impact.scale-to-none']],
  [
    'all of it at once',
    {
      id: '-',
      repository: '',
      target_path: '..',
      destination: { cluster: '', namespace: '' },
      sync_policy: { conflict_resolution: '', health_check: { timeout: '', failure_mode: '' } },
    },
    [
      'id',
      'repository',
      'target_path',
      'destination.namespace',
      'destination.cluster',
      'sync_policy.health_check.timeout',
      'sync_policy.health_check.failure_mode',
      'sync_policy.conflict_resolution',
    ],
  ],
])('%s is refused', (_title, request, fields) => {
  expect(problemsOf({ ...minimal, ...request })).toEqual(fields)
})

function helm(chart: NonNullable<SourceRequest['helm']>, renderer = 'helm'): Partial<WorkflowRequest> {
  return { source: { renderer, helm: chart } }
}

function health(health_check: { timeout?: string; failure_mode?: string }): Partial<WorkflowRequest> {
  return { sync_policy: { health_check } }
}

test.each(['1ms', '24h'])('a timeout of %s is taken', (timeout) => {
  expect(problemsOf({ ...minimal, ...health({ timeout }) })).toEqual([])
})

test('a problem says what was wrong', () => {
  const checked = workflowConfig({ ...minimal, ...health({ timeout: 'soon' }) })
  expect(checked).toEqual({
    ok: false,
    problems: [
      {
        field: 'sync_policy.health_check.timeout',
        message: '"soon" is no duration of at most 24h: write 30s, 10m or 1h30m',
      },
    ],
  })
})
