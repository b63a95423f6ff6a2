import { open, readFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freshNamespace, gitHttpServer } from '@plimsoll/harness'
import type { PlanV1 } from '@plimsoll/proto'
import { parse } from 'yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultsOf, undescribed } from '../test/plan-schema.ts'
import { plimsoll } from '../test/plimsoll.ts'
import { startServices, type Services } from '../test/start-services.ts'

type Repository = Awaited<ReturnType<Awaited<ReturnType<typeof gitHttpServer>>['createRepository']>>

let services: Services
let git: Awaited<ReturnType<typeof gitHttpServer>>
let repository: Repository
let namespace: string
beforeAll(async () => {
  ;[services, git, namespace] = await Promise.all([
    startServices('poller', 'differ', 'syncer'),
    gitHttpServer(),
    freshNamespace(),
  ])
  repository = await git.createRepository('shop')
  await repository.commit({ 'k8s/shop.yaml': manifests('hello') }, 'first')
  await run('repo', 'add', git.url('shop'), '--id', 'shop')
  await run('workflow', 'create', '--repo', 'shop', '--id', 'web', '--path', 'k8s', '--namespace', namespace)
}, 600_000)
afterAll(async () => {
  await services[Symbol.asyncDispose]()
  await git[Symbol.asyncDispose]()
})

const env = () => ({ PLIMSOLL_SERVER: services.url, PLIMSOLL_TOKEN_FILE: services.tokenFile })
const run = (...args: readonly string[]) => plimsoll(args, { env: env() })

const manifests = (greeting: string) => `apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { greeting: ${greeting}, port: "080", on: "yes" }
---
apiVersion: v1
kind: Secret
metadata: { name: login }
stringData: { password: canary-7d1f }
`

test('the same plan comes as JSON, as YAML, and from the api', { timeout: 600_000 }, async () => {
  const json = await run('diff', 'web', '-o', 'json')
  expect(json).toMatchObject({ code: 1, err: 'Reading the remote and planning web …\n' })
  const plan = JSON.parse(json.out) as PlanV1
  expect(undescribed(plan)).toEqual([])
  expect(plan).toMatchObject({
    schema: 'plan.v1',
    workflow_id: 'web',
    summary: { total_changes: 2, created_resources: 2 },
    changes: expect.arrayContaining([
      expect.objectContaining({
        type: 'create',
        resource: 'ConfigMap/settings',
        ref: { api_version: 'v1', kind: 'ConfigMap', namespace, name: 'settings' },
      }),
    ]),
  })
  const same = ({ generated_at: _when, ...rest }: PlanV1) => rest

  const yaml = await run('diff', 'web', '-o', 'yaml')
  expect(yaml.code).toBe(1)
  for (const version of ['1.1', '1.2'] as const)
    expect(same(parse(yaml.out, { version }) as PlanV1)).toEqual(same(plan))

  const token = (await readFile(services.tokenFile, 'utf8')).trim()
  const response = await fetch(`${services.url}/plimsoll.v1.GitOpsService/PreviewChanges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ workflow_id: 'web' }),
  })
  const answer = (await response.json()) as { readonly plan: PlanV1 }
  expect(faultsOf(answer.plan)).toEqual([])
  expect(same(answer.plan)).toEqual(same(plan))
  expect(json.out + yaml.out).not.toMatch(/canary-7d1f|Y2FuYXJ5LTdkMWY/)
})

test('people and forges get the same plan in words', { timeout: 600_000 }, async () => {
  const human = await run('diff', 'web')
  expect(human).toMatchObject({ code: 1, err: 'Reading the remote and planning web …\n' })
  expect(human.out).toMatch(new RegExp(`^${namespace}\\n`, 'm'))
  expect(human.out).toMatch(/^ {2}\+ ConfigMap settings {2}\[low\]$/m)
  expect(human.out).toMatch(/\nPlan for web at [0-9a-f]{10}: 2 to create, 0 to update, 0 to delete/)
  expect(human.out).not.toContain('\u001b')
  const coloured = await run('diff', 'web', '--color', 'always', '--full')
  expect(coloured.out).toContain('\u001b[32m+ ConfigMap settings\u001b[0m')
  const markdown = await run('diff', 'web', '-o', 'markdown')
  expect(markdown.code).toBe(1)
  expect(markdown.out).toMatch(/^<!-- plimsoll:plan:web -->\n### Plan for `web` at `[0-9a-f]{10}`\n/)
  expect(markdown.out).toContain(`<summary><b>low</b> create <code>ConfigMap ${namespace}/settings</code></summary>`)
  expect(human.out + coloured.out + markdown.out).not.toMatch(/canary-7d1f|Y2FuYXJ5LTdkMWY/)
})

test('once applied there is nothing: null, a word, and exit code 0', { timeout: 600_000 }, async () => {
  expect((await run('sync', 'web')).code).toBe(0)
  const none = [
    await run('diff', 'web'),
    await run('diff', 'web', '-o', 'json'),
    await run('diff', 'web', '-o', 'yaml'),
    await run('diff', 'web', '-o', 'markdown'),
  ]
  expect(none.map(({ code }) => code)).toEqual([0, 0, 0, 0])
  expect(none.map(({ out }) => out)).toEqual([
    'Nothing to do: the cluster is as Git declares it.\n',
    'null\n',
    'null\n',
    '<!-- plimsoll:plan:web -->\n### Plan for `web`\n\nNothing to do: the cluster is as Git declares it.\n',
  ])
})

test('what Git leaves behind is a warning and no change: exit code 0', { timeout: 600_000 }, async () => {
  await repository.commit({ 'k8s/shop.yaml': manifests('hello').split('---')[0] ?? '' }, 'without the Secret')
  const { code, out } = await run('diff', 'web')
  expect(out).toMatch(/^! .*login/m)
  expect(code).toBe(0)
})

test('an error ends above 1, with nothing on the standard output', { timeout: 600_000 }, async () => {
  await repository.commit({ 'k8s/shop.yaml': 'kind: ConfigMap\n\tbad' }, 'broken')
  const fault = await run('diff', 'web', '-o', 'json')
  expect(fault).toMatchObject({ code: 2, out: '' })
  expect(fault.err).toContain('  where:   k8s/shop.yaml:2\n')

  const failures = [
    await run('diff', 'nothing'),
    await run('diff'),
    await run('diff', 'web', '-o', 'xml'),
    await run('diff', 'web', '--no-such-option'),
    await run('diff', 'web', '--max-length', '12'),
    await plimsoll(['diff', 'web'], { env: { ...env(), PLIMSOLL_SERVER: 'http://127.0.0.1:1' } }),
    await plimsoll(['diff', 'web'], { env: { ...env(), PLIMSOLL_TOKEN_FILE: '/nonexistent' } }),
    await plimsoll(['diff', 'web'], {}),
  ]
  expect(failures.map(({ code, out }) => ({ code, out }))).toEqual(failures.map(() => ({ code: 2, out: '' })))
  for (const { err } of failures) expect(err).toContain('  try:     ')
})

test('an output that takes nothing is an error, and none that has had enough', { timeout: 600_000 }, async () => {
  await repository.commit({ 'k8s/shop.yaml': manifests('good day') }, 'mended')
  await using full = await open('/dev/full', 'w')
  const bin = join(import.meta.dirname, '..', 'bin', 'plimsoll.mjs')
  const child = spawn(process.execPath, [bin, 'diff', 'web'], {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '', ...env() },
    stdio: ['ignore', full.fd, 'pipe'],
  })
  const [code] = (await once(child, 'close')) as [number | null]
  expect(code).toBe(2)
})
