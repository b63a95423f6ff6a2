import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { listeningAddresses } from '../../test/listening.ts'
import { temporaryFolder, type TemporaryFolder } from '../../test/temporary-folder.ts'
import { openToolbox } from '../tools/toolbox.ts'
import { openApi, type Api, type ApiObject } from './open-api.ts'
import { startControlPlane, type ControlPlane, type ControlPlaneOptions } from './start-control-plane.ts'

await using toolbox = openToolbox()
const binaries = {
  etcd: (await toolbox.find('etcd')).path,
  apiserver: (await toolbox.find('kube-apiserver')).path,
  controllerManager: (await toolbox.find('kube-controller-manager')).path,
}
const crashed: string[] = []
const start = (options: Omit<ControlPlaneOptions, 'binaries'>) =>
  startControlPlane({
    binaries,
    durable: false,
    podStartMs: 5,
    onCrash: ({ name }) => crashed.push(name),
    backoffMs: [10, 1_000],
    ...options,
  })

let folder: TemporaryFolder
let plane: ControlPlane
let api: Api

beforeAll(async () => {
  folder = temporaryFolder()
  plane = await start({ folder: join(folder.path, 'first') })
  api = openApi({ server: plane.server, ca: plane.ca, token: plane.tokens.admin })
})
afterAll(async () => {
  api[Symbol.dispose]()
  await plane[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

// Controllers share the machine with every other test.
const patience = { timeout: 60_000, interval: 50 }
vi.setConfig({ testTimeout: 180_000 })

async function create(path: string, object: object): Promise<void> {
  const { status, body } = await api.request('POST', path, object)
  expect({ status, body }).toMatchObject({ status: 201 })
}

async function statusOf(path: string): Promise<Record<string, unknown>> {
  const { body } = await api.request('GET', path)
  return ((body as ApiObject)['status'] ?? {}) as Record<string, unknown>
}

const deployment = (name: string, image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 2,
    progressDeadlineSeconds: 600,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } },
  },
})

const deployments = '/apis/apps/v1/namespaces/default/deployments'

test('a Deployment becomes available, and one with a broken image does not', async () => {
  await create(deployments, deployment('web', 'nginx'))
  await create(deployments, deployment('bad', 'registry/broken:1'))
  await vi.waitFor(async () => expect((await statusOf(`${deployments}/web`))['availableReplicas']).toBe(2), patience)
  await vi.waitFor(async () => expect((await statusOf(`${deployments}/bad`))['updatedReplicas']).toBe(2), patience)
  expect((await statusOf(`${deployments}/bad`))['availableReplicas']).toBeUndefined()
})

test('a deleted Deployment takes its pods with it', async () => {
  await create(deployments, deployment('gone', 'nginx'))
  await vi.waitFor(async () => expect((await statusOf(`${deployments}/gone`))['availableReplicas']).toBe(2), patience)
  await api.request('DELETE', `${deployments}/gone`, { apiVersion: 'v1', kind: 'DeleteOptions' })
  await vi.waitFor(async () => {
    const { body } = await api.request('GET', '/api/v1/namespaces/default/pods?labelSelector=app%3Dgone')
    expect((body as { items: unknown[] }).items).toEqual([])
  }, patience)
})

test('a Job completes and a volume claim is bound', async () => {
  const jobs = '/apis/batch/v1/namespaces/default/jobs'
  await create(jobs, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'migrate' },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'migrate' }] } } },
  })
  const claims = '/api/v1/namespaces/default/persistentvolumeclaims'
  await create(claims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  })
  await vi.waitFor(async () => expect((await statusOf(`${jobs}/migrate`))['succeeded']).toBe(1), patience)
  await vi.waitFor(async () => expect((await statusOf(`${claims}/data`))['phase']).toBe('Bound'), patience)
  await api.request('DELETE', `${claims}/data`)
  await vi.waitFor(async () => expect((await api.request('GET', `${claims}/data`)).status).toBe(404), patience)
})

test('a namespace that is deleted goes away, and a new one learns the certificates', async () => {
  await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'short' } })
  const path = '/api/v1/namespaces/short/configmaps/kube-root-ca.crt'
  await vi.waitFor(async () => expect((await api.request('GET', path)).status).toBe(200), patience)
  await api.request('DELETE', '/api/v1/namespaces/short')
  const gone = async () => expect((await api.request('GET', '/api/v1/namespaces/short')).status).toBe(404)
  await vi.waitFor(gone, patience)
})

test('nobody gets in without a token, and the unprivileged user may do nothing', async () => {
  const ask = async (token: string) => {
    using other = openApi({ server: plane.server, ca: plane.ca, token })
    return (await other.request('GET', '/api/v1/namespaces')).status
  }
  expect(await ask('guess')).toBe(401)
  expect(await ask('')).toBe(401)
  expect(await ask(plane.tokens.unprivileged)).toBe(403)
  expect(await ask(plane.tokens.admin)).toBe(200)
})

test('it listens on one port of loopback, and its secrets are for its user only', () => {
  const addresses = Object.entries(plane.pids()).map(([name, pid]) => [name, listeningAddresses(pid)])
  expect(Object.fromEntries(addresses)).toEqual({
    etcd: [],
    'kube-apiserver': ['0100007F'],
    'kube-controller-manager': [],
  })
  const files = [plane.kubeconfig, plane.unprivilegedKubeconfig, join(dirname(plane.kubeconfig), 'tokens.csv')]
  const open = files.filter((file) => (statSync(file).mode & 0o077) !== 0)
  const folders = ['etcd', 'apiserver'].map((part) => join(folder.path, 'first', part))
  expect([...open, ...folders.filter((path) => (statSync(path).mode & 0o077) !== 0)]).toEqual([])
})

test('a killed API server comes back on the same port, and everything goes on', async () => {
  crashed.length = 0
  const { 'kube-apiserver': pid = 0 } = plane.pids()
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(plane.pids()['kube-apiserver']).not.toBe(pid), patience)
  expect(crashed).toContain('kube-apiserver')
  await create(deployments, deployment('after', 'nginx'))
  await vi.waitFor(async () => expect((await statusOf(`${deployments}/after`))['availableReplicas']).toBe(2), patience)
})

test('a killed etcd comes back with what it held', async () => {
  await create('/api/v1/namespaces/default/configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kept' },
  })
  const { etcd = 0 } = plane.pids()
  process.kill(etcd, 'SIGKILL')
  await vi.waitFor(() => expect(plane.pids()['etcd']).not.toBe(etcd), patience)
  await vi.waitFor(async () => {
    const { status } = await api.request('GET', '/api/v1/namespaces/default/configmaps/kept')
    expect(status).toBe(200)
  }, patience)
})

test('a second cluster can share the etcd and is one of its own', async () => {
  mkdirSync(join(folder.path, 'second'))
  const options = { folder: join(folder.path, 'second'), etcd: plane.etcd, etcdPrefix: '/second' }
  await using second = await start(options)
  using other = openApi({ server: second.server, ca: second.ca, token: second.tokens.admin })
  const { status } = await other.request('GET', '/api/v1/namespaces/default/configmaps/kept')
  expect(status).toBe(404)
  expect(second.server).not.toBe(plane.server)
})

test('a restart in the same folder keeps objects, port, tokens and certificate', async () => {
  using own = temporaryFolder()
  const options = { folder: own.path, durable: true }
  const first = await start(options)
  {
    using admin = openApi({ server: first.server, ca: first.ca, token: first.tokens.admin })
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' } }
    await admin.request('POST', '/api/v1/namespaces/default/configmaps', object)
  }
  const kubeconfig = readFileSync(first.kubeconfig, 'utf8')
  await first[Symbol.asyncDispose]()

  await using second = await start(options)
  expect(readFileSync(second.kubeconfig, 'utf8')).toBe(kubeconfig)
  using admin = openApi({ server: second.server, ca: second.ca, token: second.tokens.admin })
  expect((await admin.request('GET', '/api/v1/namespaces/default/configmaps/kept')).status).toBe(200)
})
