import { cluster, freshNamespace, gitHttpServer, until } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { everythingStored, formsOf } from './everything-stored.ts'
import { openGitOpsClient } from './gitops-client.ts'
import { openInstallation, type Installation } from './installation.ts'
import { configMap, configMapPath, deployment, documents, secretPath } from './manifests.ts'
import { patienceMs } from './project.ts'
import { startService, type ServiceName, type ServiceProcess } from './service-process.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let services: readonly [ServiceProcess, ...ServiceProcess[]]

beforeAll(async () => {
  installation = stack.use(await openInstallation())
  const names = ['projection', 'poller', 'poller', 'differ', 'differ', 'syncer', 'syncer'] as const
  const start = async (name: ServiceName) =>
    stack.use(await startService(installation, name, { PLIMSOLL_API_PORT: '0' }))
  services = await Promise.all([start('api'), ...names.map(start)])
})
afterAll(() => stack.disposeAsync())

const password = 'the-password-of-git-7f1c'
const canary = 'canary-of-a-secret-93ab51'
const secret = (value: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'login' },
  stringData: { password: value },
})

test('separate services, two of each worker, bring a commit that the api was told of into the cluster', async () => {
  await using git = await gitHttpServer({ users: [{ username: 'reader', password }] })
  using view = cluster()
  const gitops = await openGitOpsClient(installation, services[0])
  const [repository, namespace] = await Promise.all([git.createRepository('shop'), freshNamespace()])
  const files = (greeting: string, value: string) => ({
    'k8s/all.yaml': documents(configMap('settings', { greeting }), secret(value), deployment('web')),
  })
  await repository.commit(files('plainly-visible-1', `${canary}-1`), 'first')

  const credentials = { type: 'userpass', username: 'reader', password }
  await gitops.registerRepository({ id: 'shop', url: git.url('shop'), pollInterval: '1s', credentials })
  await gitops.createWorkflow({
    workflow: { id: 'shop', repository: 'shop', targetPath: 'k8s', destination: { namespace }, autoSync: true },
  })
  const { plan } = await gitops.generateDiff({ workflowId: 'shop' })
  expect(plan?.summary).toMatchObject({ createdResources: 3 })
  const answer = await gitops.syncWorkflow({ workflowId: 'shop' })
  expect(answer.succeeded).toBe(true)
  expect(answer.result?.metrics).toMatchObject({ resourcesProcessed: 3, resourcesApplied: 3 })

  await gitops.startAutoSync({})
  const second = await repository.commit(files('plainly-visible-2', `${canary}-2`), 'second')
  const synced = async () => {
    const { workflow } = await gitops.getWorkflowStatus({ workflowId: 'shop' })
    return workflow?.revision === second && workflow.status === 'synced'
  }
  await until(synced, { what: 'the second commit is synced', timeoutMs: patienceMs })
  expect(await view.get(configMapPath(namespace, 'settings'))).toMatchObject({
    data: { greeting: 'plainly-visible-2' },
  })
  const value = Buffer.from(`${canary}-2`).toString('base64')
  expect(await view.get(secretPath(namespace, 'login'))).toMatchObject({ data: { password: value } })
})

test('no value of a Secret and no credential is stored or logged where it can be read', async () => {
  const places = new Map([
    ...(await everythingStored(installation)),
    ...services.map(({ name, pid, output }) => [`output of ${name} ${pid}`, output()] as const),
  ])
  const found = (value: string) =>
    [...places].filter(([, text]) => formsOf(value).some((form) => text.includes(form))).map(([place]) => place)
  // The search itself: what may be seen is found in a plan, and the services did write something.
  expect(found('plainly-visible-2').some((place) => place.startsWith('blob sha256:'))).toBe(true)
  expect(places.get('event stream')).toContain('SyncSucceeded')
  expect(found('"msg":"')).toEqual(expect.arrayContaining(services.map(({ name, pid }) => `output of ${name} ${pid}`)))

  expect(found(canary)).toEqual([])
  expect(found(password)).toEqual([])
  expect(found(installation.key.toString('base64'))).toEqual([])
})

test('a service that is told to stop ends in order and says so by its exit code', async () => {
  for (const service of services) service.signal('SIGTERM')
  expect(await Promise.all(services.map(({ ended }) => ended))).toEqual(services.map(() => 0))
})
