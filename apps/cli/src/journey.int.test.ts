import { freshNamespace, gitHttpServer, until } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { plimsoll } from '../test/plimsoll.ts'
import { startServices, type Services } from '../test/start-services.ts'

let services: Services
beforeAll(async () => {
  services = await startServices('poller', 'differ', 'syncer')
})
afterAll(() => services[Symbol.asyncDispose]())

const run = (...args: readonly string[]) =>
  plimsoll(args, { env: { PLIMSOLL_SERVER: services.url, PLIMSOLL_TOKEN_FILE: services.tokenFile } })

const configMap = (greeting: string) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { greeting } })

test('a commit is looked at, applied, looked at again, and told of', { timeout: 600_000 }, async () => {
  await using git = await gitHttpServer()
  const [repository, namespace] = await Promise.all([git.createRepository('shop'), freshNamespace()])
  await repository.commit({ 'k8s/settings.yaml': configMap('hello') }, 'first')
  expect((await run('repo', 'add', git.url('shop'), '--id', 'shop')).code).toBe(0)
  expect(
    (await run('workflow', 'create', '--repo', 'shop', '--id', 'web', '--path', 'k8s', '--namespace', namespace)).code,
  ).toBe(0)

  const before = await run('diff', 'web')
  expect(before.out).toContain(`${namespace}\n  + ConfigMap settings  [low]\n`)
  expect(before.out).toMatch(
    /\nPlan for web at [0-9a-f]{10}: 1 to create, 0 to update, 0 to delete; highest impact low\.\n$/,
  )
  expect(before.code).toBe(1)

  const synced = await run('sync', 'web')
  expect(synced.err).toBe('Syncing web …\n')
  expect(synced.out).toContain('1 processed, 1 applied, 0 skipped')
  expect(synced.code).toBe(0)
  const after = await run('diff', 'web', '-o', 'json')
  expect(after).toMatchObject({ code: 0, out: 'null\n' })

  await repository.commit({ 'k8s/settings.yaml': configMap('good day') }, 'second')
  const changed = await run('diff', 'web')
  expect(changed.out).toContain(
    `${namespace}\n  ~ ConfigMap settings  [low]\n      ~ data.greeting: hello → good day\n`,
  )
  expect(changed.code).toBe(1)

  await repository.commit({ 'k8s/settings.yaml': 'kind: ConfigMap\n\tbad' }, 'third')
  const faulty = await run('diff', 'web')
  expect(faulty.code).toBe(2)
  expect(faulty.err).toContain('  where:   k8s/settings.yaml:2\n')
  const failed = await run('sync', 'web')
  expect(failed.code).toBe(1)
  expect(failed.err).toContain('  where:   k8s/settings.yaml:2\n')

  const status = JSON.parse((await run('status', 'web', '-o', 'json')).out) as Record<string, unknown>
  expect(status).toMatchObject({ id: 'web', last_sync_result: { status: 'failed' } })
  const lines = async () => (await run('events', '--workflow', 'web', '-o', 'json')).out.trim().split('\n')
  const types = (await lines()).map((line) => (JSON.parse(line) as { readonly type: string }).type)
  expect(types[0]).toBe('WorkflowCreated')
  expect(types).toEqual(
    expect.arrayContaining(['PlanMade', 'SyncStarted', 'SyncSucceeded', 'PlanFailed', 'SyncFailed']),
  )
  // One more may be recorded between the two.
  const isAlike = async () =>
    (await run('events', '--workflow', 'web')).out.split('\n').length === (await lines()).length + 1
  await until(isAlike, { what: 'each event is a line' })
})
