import { derivedId } from '../src/id.ts'
import type { RepositoryConfig, RepositoryRequest } from '../src/repository.ts'
import type { WorkflowConfig, WorkflowRequest } from '../src/workflow/settings/config.ts'

// One case for each row of the tables of settings in docs/defaults.md, and no other: the row's default as the page shows it,
// and as the configuration has it; and something that can be said, which wins over the default and changes nothing else.

export type SettingCase<Config, Request> = {
  /** The cell of the page. */
  readonly shown: string
  readonly read: (config: Config) => unknown
  readonly value: unknown
  readonly say: Partial<Request>
  readonly said: unknown
}

const workflowCase = (
  shown: string,
  value: unknown,
  read: (config: WorkflowConfig) => unknown,
  say: Partial<WorkflowRequest>,
  said: unknown,
): SettingCase<WorkflowConfig, WorkflowRequest> => ({ shown, value, read, say, said })

const policyCase = (
  shown: string,
  value: unknown,
  read: (policy: WorkflowConfig['sync_policy']) => unknown,
  say: NonNullable<WorkflowRequest['sync_policy']>,
  said: unknown,
) => workflowCase(shown, value, ({ sync_policy: policy }) => read(policy), { sync_policy: say }, said)

const ignored = { kind: 'Deployment', json_pointers: ['/spec/replicas'] }
const all = { group: null, namespace: null, name: null }
const window = { kind: 'deny', schedule: '0 0 24 12 *', duration: '72h' }
const openWindow = {
  kind: 'deny',
  schedule: '0 0 24 12 *',
  time_zone: 'UTC',
  duration_ms: 259_200_000,
  manual_sync: false,
}

export const workflowCases: Readonly<Record<string, SettingCase<WorkflowConfig, WorkflowRequest>>> = {
  id: workflowCase(
    'derived from repository, path and destination',
    derivedId('workflow', 'shop', '.', 'default', 'default'),
    ({ id }) => id,
    { id: 'web' },
    'web',
  ),
  name: workflowCase(
    'the id',
    derivedId('workflow', 'shop', '.', 'default', 'default'),
    ({ name }) => name,
    { name: 'Web' },
    'Web',
  ),
  labels: workflowCase('none', {}, ({ labels }) => labels, { labels: { app: 'shop' } }, { app: 'shop' }),
  target_path: workflowCase('`.`', '.', (config) => config.target_path, { target_path: './k8s//web/' }, 'k8s/web'),
  'destination.cluster': workflowCase(
    '`default`',
    'default',
    ({ destination }) => destination.cluster,
    { destination: { cluster: 'eu' } },
    'eu',
  ),
  'destination.namespace': workflowCase(
    '`default`',
    'default',
    ({ destination }) => destination.namespace,
    { destination: { namespace: 'shop' } },
    'shop',
  ),
  'destination.create_namespace': workflowCase(
    '`false`',
    false,
    ({ destination }) => destination.create_namespace,
    { destination: { create_namespace: true } },
    true,
  ),
  'destination.service_account': workflowCase(
    'the engine itself',
    null,
    ({ destination }) => destination.service_account,
    { destination: { service_account: 'deployer' } },
    { namespace: 'default', name: 'deployer' },
  ),
  'allow.namespaces': workflowCase('all', null, ({ allow }) => allow.namespaces, { allow: { namespaces: ['shop'] } }, [
    'shop',
  ]),
  'allow.kinds': workflowCase('all', null, ({ allow }) => allow.kinds, { allow: { kinds: ['apps/Deployment'] } }, [
    'apps/Deployment',
  ]),
  'allow.cluster_scoped': workflowCase(
    '`true`',
    true,
    ({ allow }) => allow.cluster_scoped,
    { allow: { cluster_scoped: false } },
    false,
  ),
  auto_sync: workflowCase('`false`', false, (config) => config.auto_sync, { auto_sync: true }, true),
  diff_preview: workflowCase('`true`', true, (config) => config.diff_preview, { diff_preview: false }, false),
  rollback_on_failure: workflowCase(
    '`false`',
    false,
    (config) => config.rollback_on_failure,
    { rollback_on_failure: true },
    true,
  ),
  'sync_policy.auto_prune': policyCase('`false`', false, (policy) => policy.auto_prune, { auto_prune: true }, true),
  'sync_policy.conflict_resolution': policyCase(
    '`fail`',
    'fail',
    (policy) => policy.conflict_resolution,
    { conflict_resolution: 'take' },
    'take',
  ),
  'sync_policy.health_check.enabled': policyCase(
    '`true`',
    true,
    (policy) => policy.health_check.enabled,
    { health_check: { enabled: false } },
    false,
  ),
  'sync_policy.health_check.timeout': policyCase(
    '`5m`',
    300_000,
    (policy) => policy.health_check.timeout_ms,
    { health_check: { timeout: '10m' } },
    600_000,
  ),
  'sync_policy.health_check.failure_mode': policyCase(
    'not set',
    null,
    (policy) => policy.health_check.failure_mode,
    { health_check: { failure_mode: 'ignore' } },
    'ignore',
  ),
  'source.renderer': workflowCase(
    '`auto`',
    'auto',
    ({ source }) => source.renderer,
    { source: { renderer: 'helm' } },
    'helm',
  ),
  // The renderer names the release after the workflow.
  'source.helm.release_name': workflowCase(
    'the id',
    null,
    ({ source }) => source.helm.release_name,
    { source: { helm: { release_name: 'shop' } } },
    'shop',
  ),
  'source.helm.values_files': workflowCase(
    'none',
    [],
    ({ source }) => source.helm.values_files,
    { source: { helm: { values_files: ['eu.yaml'] } } },
    ['eu.yaml'],
  ),
  'source.helm.values': workflowCase(
    'none',
    {},
    ({ source }) => source.helm.values,
    { source: { helm: { values: { a: 1 } } } },
    { a: 1 },
  ),
  'decryption key': workflowCase(
    'none',
    null,
    ({ source }) => source.decryption,
    { source: { decryption: 'age' } },
    'age',
  ),
  ignore: workflowCase('none', [], ({ ignore }) => ignore, { ignore: [ignored] }, [
    { ...all, ...ignored, managers: [] },
  ]),
  sensitive: workflowCase('none', [], ({ sensitive }) => sensitive, { sensitive: [ignored] }, [{ ...all, ...ignored }]),
  'sync_policy.rollback_limit': policyCase('`2`', 2, (policy) => policy.rollback_limit, { rollback_limit: 5 }, 5),
  'sync_policy.self_heal': policyCase('`false`', false, (policy) => policy.self_heal, { self_heal: true }, true),
  'sync_policy.prune_budget': policyCase('`50`', 50, (policy) => policy.prune_budget, { prune_budget: 0 }, 0),
  'sync_policy.pre_sync_hooks': policyCase(
    'none',
    [],
    (policy) => policy.pre_sync_hooks,
    { pre_sync_hooks: ['true'] },
    ['true'],
  ),
  'sync_policy.post_sync_hooks': policyCase(
    'none',
    [],
    (policy) => policy.post_sync_hooks,
    { post_sync_hooks: ['true'] },
    ['true'],
  ),
  'sync_policy.hook_timeout': policyCase(
    '`10m`',
    600_000,
    (policy) => policy.hook_timeout_ms,
    { hook_timeout: '1m' },
    60_000,
  ),
  'sync_policy.retry.limit': policyCase('`0`', 0, (policy) => policy.retry.limit, { retry: { limit: 3 } }, 3),
  'sync_policy.retry.backoff': policyCase(
    '`exponential`',
    'exponential',
    (policy) => policy.retry.backoff,
    { retry: { backoff: 'fixed' } },
    'fixed',
  ),
  'sync_policy.retry.interval': policyCase(
    '`5s`',
    5_000,
    (policy) => policy.retry.interval_ms,
    { retry: { interval: '1s' } },
    1_000,
  ),
  'sync_policy.retry.max_duration': policyCase(
    '`10m`',
    600_000,
    (policy) => policy.retry.max_duration_ms,
    { retry: { max_duration: '1h' } },
    3_600_000,
  ),
  'sync_policy.sync_windows': policyCase('none', [], (policy) => policy.sync_windows, { sync_windows: [window] }, [
    openWindow,
  ]),
  'approval.required': workflowCase(
    '`false`',
    false,
    ({ approval }) => approval.required,
    { approval: { required: true } },
    true,
  ),
  'approval.from_impact': workflowCase(
    'none',
    null,
    ({ approval }) => approval.from_impact,
    { approval: { from_impact: 'high' } },
    'high',
  ),
  'approval.allow_requester': workflowCase(
    '`false`',
    false,
    ({ approval }) => approval.allow_requester,
    { approval: { allow_requester: true } },
    true,
  ),
  'approval.expires': workflowCase(
    '`24h`',
    86_400_000,
    ({ approval }) => approval.expires_ms,
    { approval: { expires: '8h' } },
    28_800_000,
  ),
  depends_on: workflowCase('none', [], (config) => config.depends_on, { depends_on: ['database'] }, ['database']),
  impact: workflowCase(
    'none',
    {},
    ({ impact }) => impact,
    { impact: { 'scale-to-zero': 'low' } },
    { 'scale-to-zero': 'low' },
  ),
}

export const url = 'https://git.example.com/shop.git'
export const repositoryCases: Readonly<Record<string, SettingCase<RepositoryConfig, RepositoryRequest>>> = {
  id: {
    shown: 'derived from url and branch',
    value: derivedId('repo', url, 'main'),
    read: ({ id }) => id,
    say: { id: 'shop' },
    said: 'shop',
  },
  url: {
    shown: '',
    value: url,
    read: (config) => config.url,
    say: { url: 'ssh://git@git.example.com/shop.git' },
    said: 'ssh://git@git.example.com/shop.git',
  },
  branch: { shown: '`main`', value: 'main', read: ({ branch }) => branch, say: { branch: 'stable' }, said: 'stable' },
  poll_interval: {
    shown: '`30s`',
    value: 30_000,
    read: (config) => config.poll_interval_ms,
    say: { poll_interval: '5m' },
    said: 300_000,
  },
  credentials: {
    shown: 'none',
    value: null,
    read: (config) => config.credentials,
    say: { credentials: 'token' },
    said: 'token',
  },
  // Whoever connects takes those of the installation for none.
  known_hosts: {
    shown: "the installation's",
    value: null,
    read: (config) => config.known_hosts,
    say: { known_hosts: 'host key' },
    said: 'host key',
  },
  ca: { shown: 'none', value: null, read: ({ ca }) => ca, say: { ca: 'PEM' }, said: 'PEM' },
  proxy: {
    shown: 'none',
    value: null,
    read: ({ proxy }) => proxy,
    say: { proxy: 'http://proxy:3128' },
    said: 'http://proxy:3128',
  },
}
