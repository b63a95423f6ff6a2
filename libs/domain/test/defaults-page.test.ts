import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { derivedId } from '../src/id.ts'
import { repositoryConfig } from '../src/repository.ts'
import type { RepositoryConfig, RepositoryRequest } from '../src/repository.ts'
import { workflowConfig } from '../src/workflow/config.ts'
import type { WorkflowConfig, WorkflowRequest } from '../src/workflow/config.ts'
import { onUnhealthy, rollsBackOn } from '../src/workflow/rollback-decisions.ts'

// One case for each row of the tables of settings in docs/defaults.md, and no other: the row's default as the page shows it,
// and as the configuration has it; and something that can be said, which wins over the default and changes nothing else.

type Case<Config, Request> = {
  /** The cell of the page. */
  readonly shown: string
  readonly read: (config: Config) => unknown
  /** Left out for what has none and has to be said. */
  readonly value?: unknown
  readonly say: Partial<Request>
  readonly said: unknown
}

const workflowCase = (
  shown: string,
  value: unknown,
  read: (config: WorkflowConfig) => unknown,
  say: Partial<WorkflowRequest>,
  said: unknown,
): Case<WorkflowConfig, WorkflowRequest> => ({ shown, value, read, say, said })

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

const workflowCases: Readonly<Record<string, Case<WorkflowConfig, WorkflowRequest>>> = {
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

const url = 'https://git.example.com/shop.git'
const repositoryCases: Readonly<Record<string, Case<RepositoryConfig, RepositoryRequest>>> = {
  id: {
    shown: 'derived from url and branch',
    value: derivedId('repo', url, 'main'),
    read: ({ id }) => id,
    say: { id: 'shop' },
    said: 'shop',
  },
  url: {
    shown: '',
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

const page = readFileSync(join(import.meta.dirname, '../../../docs/defaults.md'), 'utf8')

/** The rows of the first table after a line, without its head; the cells as they are written. */
function rowsAfter(line: string): readonly (readonly string[])[] {
  const [, rest = ''] = page.split(`\n${line}\n`)
  const lines = rest.split('\n')
  const first = lines.findIndex((text) => text.startsWith('|'))
  const table = lines.slice(first)
  const end = table.findIndex((text) => !text.startsWith('|'))
  const cellsOf = (text: string) =>
    text
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  return table.slice(2, end < 0 ? table.length : end).map(cellsOf)
}

/** The names of the settings of a table with the default that is shown for each. */
function settingsAfter(heading: string): readonly (readonly [string, string])[] {
  return rowsAfter(heading).flatMap(([names = '', shown = '']) =>
    names.split(', ').map((name) => [name.replaceAll('`', ''), shown] as const),
  )
}

type Checked<Config> =
  { readonly ok: true; readonly value: Config } | { readonly ok: false; readonly problems: readonly unknown[] }

function accepted<Config>(checked: Checked<Config>): Config {
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  return checked.value
}

const workflowOf = (say: Partial<WorkflowRequest>) => accepted(workflowConfig({ repository: 'shop', ...say }))
const repositoryOf = (say: Partial<RepositoryRequest>) => accepted(repositoryConfig({ url, ...say }))

describe.each([
  { heading: '## Repository', cases: repositoryCases, make: repositoryOf as (say: object) => object },
  { heading: '## Workflow', cases: workflowCases, make: workflowOf as (say: object) => object },
])('docs/defaults.md, $heading', ({ heading, cases, make }) => {
  const told = settingsAfter(heading)
  const known: readonly [string, Case<never, never>][] = Object.entries(cases)

  test('tells every setting once, and each row has a case', () => {
    expect(told.map(([name]) => name)).toEqual(known.map(([name]) => name))
  })

  test.each(known)('%s has the default that the page shows', (name, { shown, read, value }) => {
    expect(new Map(told).get(name)).toBe(shown)
    if (value !== undefined) expect(read(make({}) as never)).toEqual(value)
  })

  test.each(known)(
    'what is said of %s wins over its default, and changes no other setting',
    (name, { read, say, said }) => {
      expect(read(make(say) as never)).toEqual(said)
      // What is named after it follows it.
      const follows = (other: string) => other === name || (other === 'name' && name === 'id') || other === 'id'
      for (const [other, { read: readOther }] of known)
        if (
          !follows(other) &&
          !(other === 'name' && ['target_path', 'destination.cluster', 'destination.namespace'].includes(name))
        )
          expect([other, readOther(make(say) as never)]).toEqual([other, readOther(make({}) as never)])
    },
  )
})

test('no setting of a workflow is missing from the page', () => {
  const namesOf = (value: object, path = ''): readonly string[] =>
    Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
      const name = `${path}${key.replace(/_ms$/, '')}`
      if (name === 'source.decryption') return ['decryption key']
      const isLeaf =
        typeof inner !== 'object' || inner === null || Array.isArray(inner) || Object.keys(inner).length === 0
      return isLeaf ? [name] : namesOf(inner, `${name}.`)
    })
  const settings = namesOf(workflowOf({})).filter((name) => name !== 'repository')
  expect(settings.toSorted()).toEqual(Object.keys(workflowCases).toSorted())
})

describe('docs/defaults.md, what happens when a sync fails', () => {
  const rows = rowsAfter('What happens when a sync fails after its first write:')
  const modes = [null, 'ignore', 'fail', 'rollback'] as const

  test('tells every mode with and without rollback_on_failure', () => {
    const wanted = modes.flatMap((mode) =>
      [false, true].map((rolls) => [mode === null ? 'not set' : `\`${mode}\``, `\`${rolls}\``]),
    )
    expect(rows.map((row) => row.slice(0, 2))).toEqual(wanted)
  })

  test.each(rows.map(([mode = '', rolls = '', health = '', other = '']) => ({ mode, rolls, health, other })))(
    'failure_mode $mode, rollback_on_failure $rolls',
    ({ mode, rolls, health, other }) => {
      const failure_mode = mode === 'not set' ? null : mode.replaceAll('`', '')
      const config = workflowOf({
        rollback_on_failure: rolls === '`true`',
        sync_policy: { health_check: { failure_mode } },
      })
      const texts = {
        ignore: 'the sync succeeds, the workflow is `degraded`',
        fail: 'the sync fails',
        rollback: 'the sync fails and is rolled back',
      }
      expect(texts[onUnhealthy(config)]).toBe(health)
      expect(rollsBackOn('health', config)).toBe(health.includes('rolled back'))
      for (const stage of ['apply', 'prune', 'hook'] as const)
        expect([stage, rollsBackOn(stage, config)]).toEqual([stage, other.includes('rolled back')])
      for (const stage of ['source', 'render', 'plan', 'approval', 'cancelled'] as const)
        expect([stage, rollsBackOn(stage, config)]).toEqual([stage, false])
    },
  )
})
