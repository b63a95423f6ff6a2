import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createToken } from '@plimsoll/event-log'
import { cluster, freshNamespace, gitHttpServer } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { everythingStored, formsOf } from './everything-stored.ts'
import { openGitOpsClient } from './gitops-client.ts'
import { openInstallation, type Installation } from './installation.ts'
import { configMap, configMapPath, documents, secretPath } from './manifests.ts'
import { runCli, type CliRun } from './run-cli.ts'
import { startService, type ServiceName, type ServiceProcess } from './service-process.ts'
import { traceReceiver } from './trace-receiver.ts'

// One story with a secret in every place that can hold one, the ways of failing included; then every place that anybody can
// look at is searched.

const stack = new AsyncDisposableStack()
const places = new Map<string, string>()
let services: readonly [ServiceProcess, ...ServiceProcess[]]
let installation: Installation
let token: string
let unplanned: CliRun
let compared: CliRun
let applied: readonly unknown[]

const canaries = {
  data: 'canary-data-41f7a2',
  stringData: 'canary-string-93ab51',
  rotated: 'canary-rotated-0c8d13',
  applied: 'canary-applied-6e20bb',
  live: 'canary-live-applied-d77c',
  rule: 'canary-rule-b81e60',
  ruleRotated: 'canary-rule-rotated-27',
  badType: 'canary-bad-type-5509',
  refused: 'Canary_No_1',
  notBase64: '%canary-not-base64-3e3e',
  gitPassword: 'canary-git-password-7f1c',
  sopsSecret: 'canary-sops-secret-5d1f',
  sopsConfigMap: 'canary-sops-configmap-77ac',
} as const

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
const fixture = (name: string) =>
  readFileSync(new URL(`../../../libs/manifests/testdata/sops/${name}`, import.meta.url), 'utf8')
const ageKeyFile = fixture('key-one.txt')
const ageKey = /^AGE-SECRET-KEY-.*$/m.exec(ageKeyFile)?.[0] ?? ''
const base64 = (text: string) => Buffer.from(text).toString('base64')

const secret = (name: string, fields: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, ...fields })
const service = (portName: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ name: portName, port: 80 }] },
})
const annotated = (value: string) => ({
  ...configMap('annotated', { open: 'plainly-visible' }),
  metadata: { name: 'annotated', annotations: { [lastApplied]: JSON.stringify({ data: { token: value } }) } },
})
const files = (stringData: string, token: string, ...more: readonly object[]) => ({
  'k8s/all.yaml': documents(
    configMap('settings', { token, open: 'plainly-visible' }),
    annotated(canaries.applied),
    service('http'),
    secret('login', { data: { user: base64(canaries.data) }, stringData: { password: stringData } }),
    ...more,
  ),
  'k8s/sops.enc.yaml': fixture('canary.enc.yaml'),
})
const sensitive = {
  rules: [
    { kind: 'ConfigMap', name: 'settings', jsonPointers: ['/data/token'] },
    { kind: 'ConfigMap', name: 'odd', jsonPointers: ['/data/token'] },
    { kind: 'Service', jsonPointers: ['/spec/ports/0/name'] },
  ],
}

const keep = (what: string, { code, out, err }: CliRun) => places.set(`${what} (${code})`, `${out}\n${err}`)

beforeAll(async () => {
  installation = stack.use(await openInstallation())
  const traces = stack.use(await traceReceiver())
  const settings = { PLIMSOLL_API_PORT: '0', OTEL_EXPORTER_OTLP_ENDPOINT: traces.url, OTEL_BSP_SCHEDULE_DELAY: '200' }
  const start = async (name: ServiceName) => stack.use(await startService(installation, name, settings))
  const names = ['projection', 'poller', 'differ', 'syncer', 'rollback'] as const
  services = await Promise.all([start('api'), ...names.map(start)])
  const gitops = await openGitOpsClient(installation, services[0])
  const git = stack.use(await gitHttpServer({ users: [{ username: 'reader', password: canaries.gitPassword }] }))
  const view = stack.use(cluster())
  const [repository, namespace] = await Promise.all([git.createRepository('shop'), freshNamespace()])
  const first = await repository.commit(files(canaries.stringData, canaries.rule), 'first')
  const [tokenFile, keyFile] = ['token', 'keys.txt'].map((name) => join(installation.folder, name)) as [string, string]
  token = await createToken(installation.log, 'cli', 'admin')
  await writeFile(tokenFile, token)
  await writeFile(keyFile, ageKeyFile)
  const [, url = ''] = /"url":"([^"]+)"/.exec(services[0].output()) ?? []
  const env = { PLIMSOLL_SERVER: url, PLIMSOLL_TOKEN_FILE: tokenFile }
  const cli = (...args: readonly string[]) => runCli(args, env)
  const diffs = (what: string) =>
    Promise.all(
      [['human', '--unified'], ['json'], ['yaml'], ['markdown']].map(async ([format = '', ...more]) =>
        keep(`${what} ${format}`, await cli('diff', 'shop', '-o', format, ...more)),
      ),
    )

  const credentials = { type: 'userpass', username: 'reader', password: canaries.gitPassword }
  await gitops.registerRepository({ id: 'shop', url: git.url('shop'), pollInterval: '1s', credentials })
  const workflow = { id: 'shop', repository: 'shop', targetPath: 'k8s', destination: { namespace }, sensitive }
  await gitops.createWorkflow({ workflow })

  // Without a key the encrypted file is an error, and nothing of it is applied.
  unplanned = await cli('diff', 'shop')
  keep('diff without a key', unplanned)
  keep('workflow update', await cli('workflow', 'update', 'shop', '--age-key-file', keyFile))

  await diffs('diff')
  keep('sync', await cli('sync', 'shop'))
  applied = await Promise.all([
    view.get(secretPath(namespace, 'sops-login')),
    view.get(configMapPath(namespace, 'sops-settings')),
  ])

  // Others change what is hidden; Git changes it, too.
  await view.patch(configMapPath(namespace, 'settings'), { data: { token: `${canaries.rule}-drifted` } })
  await view.patch(configMapPath(namespace, 'sops-settings'), { data: { token: `${canaries.sopsConfigMap}-drifted` } })
  await repository.commit(files(canaries.rotated, canaries.ruleRotated), 'second')
  await diffs('second diff')
  keep('second sync', await cli('sync', 'shop'))
  compared = await cli('diff', 'shop', '--from', first, '-o', 'json')
  keep('diff of points', compared)
  keep('diff of a revision', await cli('diff', 'shop', '--revision', first, '-o', 'yaml'))

  // What the API server refuses, and quotes; what lives already, with a copy of its own.
  const taken = {
    ...configMap('taken', { open: 'x' }),
    metadata: { name: 'taken', annotations: { [lastApplied]: canaries.live } },
  }
  await view.request('POST', `/api/v1/namespaces/${namespace}/configmaps`, taken)
  const broken = [
    secret('not-base64', { data: { pin: canaries.notBase64 } }),
    secret('not-text', { stringData: { pin: [canaries.badType] } }),
    secret('misspelt', { stringdata: { pin: canaries.badType } }),
    configMap('odd', { token: { nested: canaries.badType } as unknown as string }),
    configMap('taken', { open: 'y' }),
  ]
  const bad = files(canaries.rotated, canaries.ruleRotated, ...broken)
  await repository.commit(
    { ...bad, 'k8s/all.yaml': bad['k8s/all.yaml'].replace('"name": "http"', `"name": "${canaries.refused}"`) },
    'third',
  )
  await diffs('third diff')
  keep('third sync', await cli('sync', 'shop'))
  for (const args of [['--plan', '-o', 'json'], ['--plan'], ['--reason', 'a test']])
    keep(`rollback ${args.join(' ')}`, await cli('rollback', 'shop', ...args))
  await repository.commit({ 'k8s/all.yaml': `a: "${canaries.badType}\n` }, 'fourth')
  keep('fourth sync', await cli('sync', 'shop'))
  const shown = [
    ['status', 'shop', '-o', 'human'],
    ['status', 'shop', '-o', 'yaml'],
    ['workflow', 'show', 'shop', '-o', 'json'],
    ['repo', 'list', '-o', 'json'],
    ['events', '--limit', '500', '-o', 'human'],
    ['events', '--limit', '500', '-o', 'json'],
  ]
  await Promise.all(shown.map(async (args) => keep(args.join(' '), await cli(...args))))

  for (const item of services) item.signal('SIGTERM')
  await Promise.all(services.map(({ ended }) => ended))
  for (const { name, output } of services) places.set(`output of ${name}`, output())
  places.set('traces', traces.received.join('\n'))
  for (const [place, text] of await everythingStored(installation)) places.set(place, text)
}, 300_000)
afterAll(() => stack.disposeAsync())

const found = (value: string) =>
  [...places].filter(([, text]) => formsOf(value).some((form) => text.includes(form))).map(([place]) => place)

test('the search finds what may be seen, in every place', () => {
  const seen = found('plainly-visible')
  expect(seen.some((place) => place.startsWith('blob sha256:'))).toBe(true)
  expect(seen).toEqual(
    expect.arrayContaining(['second diff human (1)', 'diff json (1)', 'diff yaml (1)', 'diff markdown (1)']),
  )
  expect(places.get('event stream')).toContain('SyncSucceeded')
  expect(places.get('traces')).toContain('plimsoll-differ')
  for (const { name } of services) expect(places.get(`output of ${name}`)).toContain('"msg":"')
})

test('the story was told: what was hidden shows as changed, and every refusal came', () => {
  expect(unplanned.code).toBeGreaterThan(1)
  expect(unplanned.err).toContain('has no age key')
  expect(compared).toMatchObject({ code: 1, out: expect.stringContaining('(masked ') })
  expect(places.get('event stream')).toContain('RollbackSucceeded')
  expect(applied).toMatchObject([
    { data: { password: base64(canaries.sopsSecret) } },
    { data: { token: canaries.sopsConfigMap } },
  ])
  expect(places.get('second diff human (1)')).toMatch(/\(masked [0-9a-f]{8}\)/)
  const third = places.get('third diff json (1)') ?? ''
  for (const name of ['not-base64', 'not-text', 'misspelt', 'odd', 'taken', 'Service/web'])
    expect(third).toContain(name)
  expect(third).toContain('Invalid value')
  expect(third).toContain('resource_exists')
})

test.each(Object.entries(canaries))('the canary %s is nowhere', (_, value) => {
  expect(found(value)).toEqual([])
})

test('neither is the age key, the token of a user, nor the key of the installation', () => {
  expect(found(token)).toEqual([])
  expect(found(ageKey)).toEqual([])
  expect(found(installation.key.toString('base64'))).toEqual([])
})
