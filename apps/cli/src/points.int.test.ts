import { freshNamespace, gitHttpServer, until } from '@plimsoll/harness'
import type { PlanV1 } from '@plimsoll/proto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { undescribed } from '../test/plan-schema.ts'
import { plimsoll } from '../test/plimsoll.ts'
import { startServices, type Services } from '../test/start-services.ts'

let services: Services
let git: Awaited<ReturnType<typeof gitHttpServer>>
beforeAll(async () => {
  const namespace = await freshNamespace()
  ;[services, git] = await Promise.all([startServices('poller', 'differ', 'syncer'), gitHttpServer()])
  const repository = await git.createRepository('shop')
  await repository.commit({ 'k8s/shop.yaml': manifests('hello') }, 'first')
  await run('repo', 'add', git.url('shop'), '--id', 'shop')
  await run('workflow', 'create', '--repo', 'shop', '--id', 'web', '--path', 'k8s', '--namespace', namespace)
  const first = await repository.git('rev-parse', 'refs/heads/main')
  await repository.git('tag', 'v1', first)
  await repository.commit({ 'k8s/shop.yaml': manifests('good day') }, 'next', 'refs/heads/next')
}, 300_000)
afterAll(async () => {
  await services[Symbol.asyncDispose]()
  await git[Symbol.asyncDispose]()
})

const env = () => ({ PLIMSOLL_SERVER: services.url, PLIMSOLL_TOKEN_FILE: services.tokenFile })
const run = (...args: readonly string[]) => plimsoll(args, { env: env() })
const manifests = (greeting: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { greeting: ${greeting} }\n`

test('plans of revisions and comparisons of points are plan.v1 too', { timeout: 300_000 }, async () => {
  const preview = await run('diff', 'web', '--revision', 'next', '-o', 'json')
  expect(preview).toMatchObject({ code: 1, err: 'Reading next from the remote and planning it for web …\n' })
  expect(undescribed(JSON.parse(preview.out))).toEqual([])

  const compared = await run('diff', 'web', '--from', 'v1', '--to', 'next', '-o', 'json')
  expect(compared).toMatchObject({ code: 1, err: 'Comparing v1 with next …\n' })
  const plan = JSON.parse(compared.out) as PlanV1
  expect(undescribed(plan)).toEqual([])
  expect(plan).toMatchObject({
    digest: '',
    conflicts: [],
    changes: [{ type: 'update', resource: 'ConfigMap/settings' }],
  })

  const past = await run('diff', 'web', '--from', 'v1', '-o', 'json')
  expect(undescribed(JSON.parse(past.out))).toEqual([])
  expect(JSON.parse(past.out)).toMatchObject({ revision: '', summary: { deleted_resources: 1 } })
})

test('for people, nothing to tell is said with both points, and nothing is offered that no sync does', async () => {
  const same = await run('diff', 'web', '--from', 'v1', '--to', 'main')
  expect(same).toMatchObject({ code: 0, out: 'Nothing to tell: v1 and main declare the same.\n' })
  const nothing = await run('diff', 'web', '--from', '@now', '--to', '@now')
  expect(nothing.code).toBe(0)
  expect(nothing.err).toContain('Nothing was applied at @now')
  const preview = await run('diff', 'web', '--revision', 'next')
  expect(preview).toMatchObject({ code: 1, out: expect.stringContaining('1 to create') as string })
  expect(preview.out).not.toContain('--plan')
  await until(async () => (await run('diff', 'web')).out.includes('plimsoll sync web --plan '), {
    what: 'the plan of the branch is offered',
  })
}, 300_000)

test.each([
  [['--to', 'main'], 'it needs --from'],
  [['--revision', 'main', '--from', 'v1'], 'compares without it'],
])('diff %j is not understood', async (options, because) => {
  const refused = await run('diff', 'web', ...options)
  expect(refused.code).toBe(2)
  expect(refused.err).toContain(because)
})
