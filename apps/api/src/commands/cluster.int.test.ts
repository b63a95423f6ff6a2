import { readFile } from 'node:fs/promises'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { toJsonString } from '@bufbuild/protobuf'
import { Code, type ConnectError } from '@connectrpc/connect'
import { clusterStream, workflowConfig, workflowDecider, workflowStream, type WorkflowEvent } from '@plimsoll/domain'
import { append, inTransaction, readStream } from '@plimsoll/event-log'
import { cluster as openView, createCertificate, tcpProxy, testEnvironment, until } from '@plimsoll/harness'
import { FaultSchema, GetClusterResponseSchema } from '@plimsoll/proto'
import { clusterCredentials, vaults } from '@plimsoll/service'
import { parse } from 'yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../../test/open-test-api.ts'
import { refusal } from '../../test/refusal.ts'
import { oneCreated } from '../../test/one-created.ts'

type Access = { readonly server: string; readonly ca: string; readonly token: string }

let api: TestApi
let kubeconfig: string
let access: Access
beforeAll(async () => {
  api = await openTestApi({ allowLoopbackClusters: true })
  kubeconfig = await readFile(testEnvironment('PLIMSOLL_TEST_KUBECONFIG'), 'utf8')
  access = accessIn(kubeconfig)
  await api.gitops.registerRepository({ id: 'shop', url: 'https://git.example.com/shop.git' })
})
afterAll(() => api[Symbol.asyncDispose]())

function accessIn(text: string): Access {
  const config = parse(text) as {
    readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }]
    readonly users: readonly [{ readonly user: { readonly token: string } }]
  }
  const { server = '', 'certificate-authority-data': ca = '' } = config.clusters[0].cluster
  return { server, ca: Buffer.from(ca, 'base64').toString(), token: config.users[0].user.token }
}

const eventsOf = async (id: string) => (await readStream(api.log, clusterStream(id))).map(({ type }) => type)
const dead = { server: 'https://127.0.0.1:1', token: 'canary-dead' }

test('a cluster that is registered twice by the same kubeconfig is recorded once, and no secret is told', async () => {
  const request = { id: 'east', kubeconfig }
  const first = await api.gitops.registerCluster(request)
  expect(first).toMatchObject({
    changed: true,
    token: 'cluster-east@1',
    cluster: {
      id: 'east',
      server: access.server,
      context: 'plimsoll',
      ca: access.ca,
      credentialsType: 'token',
      state: 'reachable',
      version: expect.stringMatching(/^1\.\d+\.\d+$/) as string,
      registered: true,
    },
  })
  expect(await api.gitops.registerCluster(request)).toMatchObject({ changed: false, token: 'cluster-east@1' })
  const shown = await api.gitops.getCluster({ id: 'east', minToken: 'cluster-east@1' })
  expect(shown.cluster).toMatchObject({ state: 'reachable', workflows: [] })
  expect(shown.cluster?.since).toBeDefined()
  const stored = await readStream(api.log, clusterStream('east'))
  const rows = await api.log.db.selectFrom('cluster_credential').selectAll().execute()
  const told = JSON.stringify([stored, rows.map(({ sealed }) => sealed.toString('latin1'))])
  expect(told + api.logged.join() + toJsonString(GetClusterResponseSchema, shown)).not.toContain(access.token)
  const view = openView()
  const uid = (await view.get('/api/v1/namespaces/kube-system'))?.metadata.uid
  view[Symbol.dispose]()
  expect(stored[0]?.data).toMatchObject({ uid })
})

test('other credentials are a rotation, and the ones before are forgotten', async () => {
  await api.gitops.registerCluster({ id: 'rotated', ...access })
  const credentials = clusterCredentials(api.log, api.context.installationKey)
  const weak = accessIn(await readFile(testEnvironment('PLIMSOLL_TEST_KUBECONFIG_UNPRIVILEGED'), 'utf8'))
  expect(await api.gitops.registerCluster({ id: 'rotated', ...weak })).toMatchObject({ changed: true })
  expect(await eventsOf('rotated')).toEqual(['ClusterRegistered', 'ClusterCredentialRotated'])
  const of = (token: string) =>
    credentials.get('rotated', credentials.fingerprintOf('rotated', { type: 'token', token }))
  expect(await of(access.token)).toBeUndefined()
  expect(await of(weak.token)).toEqual({ type: 'token', token: weak.token })
})

test('a server that is away, refuses the token or is not trusted is no cluster, unless one insists', async () => {
  const away = await refusal(() => api.gitops.registerCluster({ id: 'away', ...dead }))
  expect(away.code).toBe(Code.FailedPrecondition)
  expect(away.message).toContain('ECONNREFUSED')
  const wrong = await refusal(() => api.gitops.registerCluster({ id: 'away', ...access, token: 'canary-wrong' }))
  expect(wrong.findDetails(FaultSchema)[0]?.try).toContain('has not expired')
  const untrusted = await refusal(() => api.gitops.registerCluster({ id: 'away', ...access, ca: '' }))
  expect(untrusted.findDetails(FaultSchema)[0]?.try).toContain('--ca-file')
  expect(JSON.stringify([away, wrong, untrusted].map(({ message }) => message))).not.toContain('canary')
  expect(await eventsOf('away')).toEqual([])
  const { cluster } = await api.gitops.registerCluster({ id: 'away', ...dead, force: true })
  expect(cluster).toMatchObject({ state: 'unknown', version: '' })
})

test.each([418, 200])('a server that answers %s and is no API server is not quoted', async (status) => {
  const { cert, key } = createCertificate('internal')
  const leaf = createCertificate('localhost', { issuer: { cert, key, name: 'internal' } })
  const server = createSecureServer(leaf)
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': status })
    stream.end('canary of an internal service')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const other = { server: `https://127.0.0.1:${port}`, ca: cert, tlsServerName: 'localhost', token: 'x' }
  const refused = await refusal(() => api.gitops.registerCluster({ id: 'teapot', ...other }))
  server.close()
  expect(refused.message).toContain('not as an API server does')
  expect(refused.message).not.toContain('canary')
})

test('a server that answers nothing ends the registration in time', { timeout: 120_000 }, async () => {
  await using proxy = await tcpProxy({ port: Number(new URL(access.server).port) })
  proxy.blackHole()
  const server = `https://127.0.0.1:${proxy.port}`
  const silent = await refusal(() => api.gitops.registerCluster({ id: 'silent', ...access, server }))
  expect(silent.code).toBe(Code.FailedPrecondition)
})

test('all that is wrong with a request is told, and no secret is repeated', async () => {
  const fieldsOf = async (request: Parameters<TestApi['gitops']['registerCluster']>[0]) => {
    const refused = await refusal(() => api.gitops.registerCluster(request))
    expect(refused.code).toBe(Code.InvalidArgument)
    expect(JSON.stringify([refused.message, refused.findDetails(FaultSchema)])).not.toContain('canary')
    return refused.findDetails(FaultSchema).map(({ where }) => where)
  }
  expect(await fieldsOf({ id: 'bad' })).toEqual(['server', 'token'])
  expect(await fieldsOf({ id: 'bad', server: 'http://x', token: 'canary x' })).toEqual(['token'])
  expect(await fieldsOf({ id: 'Bad Id', server: 'http://x', token: 'canary', ca: 'x' })).toEqual(['id', 'server', 'ca'])
  expect(await fieldsOf({ id: 'bad', kubeconfig: 'canary: [', token: 'canary' })).toEqual(['token'])
  expect(await fieldsOf({ id: 'bad', kubeconfig: 'canary: [' })).toEqual(['kubeconfig'])
  const exec = kubeconfig.replace(/token: .*/, 'exec: { command: canary }')
  expect(await fieldsOf({ id: 'bad', kubeconfig: exec })).toEqual(['kubeconfig.user.exec'])
  const file = kubeconfig.replace(/certificate-authority-data: .*/, 'certificate-authority: /etc/passwd')
  expect(await fieldsOf({ id: 'bad', kubeconfig: file })).toEqual(['kubeconfig.cluster.certificate-authority'])
  expect(await fieldsOf({ id: 'default', ...access })).toEqual(['id'])
})

test.each(['https://169.254.169.254', 'https://[fe80::1]', 'https://127.0.0.1:6443', 'https://localhost:6443'])(
  'no request is made to %s where nobody allows it, whoever insists',
  async (server) => {
    await using strict = await openTestApi({ projection: false })
    const refused = await refusal(() =>
      strict.gitops.registerCluster({ id: 'inside', server, token: 'x', force: true }),
    )
    expect(refused.code).toBe(Code.FailedPrecondition)
    expect(refused.message).toMatch(/is link-local|is this machine itself/)
  },
)

test("the operator's cluster is listed first, is nobody's to remove, and an unknown one is not found", async () => {
  const { token: minToken } = await api.gitops.registerCluster({ id: 'listed', ...access })
  const { clusters } = await api.gitops.listClusters({ minToken })
  expect(clusters[0]).toMatchObject({ id: 'default', registered: false, state: 'unknown' })
  expect(clusters.map(({ id }) => id)).toContain('listed')
  expect((await api.gitops.getCluster({ id: 'default' })).cluster).toMatchObject({ registered: false })
  const kept = await refusal(() => api.gitops.removeCluster({ id: 'default' }))
  expect(kept.code).toBe(Code.FailedPrecondition)
  expect(kept.message).toContain('settings')
  const unknown = await refusal(() => api.gitops.removeCluster({ id: 'nowhere' }))
  expect(unknown.code).toBe(Code.NotFound)
  expect(unknown.message).toContain('default')
  expect((await refusal(() => api.gitops.getCluster({ id: 'nowhere' }))).code).toBe(Code.NotFound)
})

test('a cluster that workflows name stays, and its workflows are named', async () => {
  await api.gitops.registerCluster({ id: 'used', ...access })
  await api.gitops.createWorkflow({ workflow: { id: 'in-used', repository: 'shop', destination: { cluster: 'used' } } })
  const refused = await refusal(() => api.gitops.removeCluster({ id: 'used' }))
  expect(refused.code).toBe(Code.FailedPrecondition)
  expect(refused.message).toContain('in-used')
  expect((await api.gitops.getCluster({ id: 'used' })).cluster?.workflows).toEqual(['in-used'])
  await api.gitops.deleteWorkflow({ workflowId: 'in-used' })
  // Its objects have to be let go first.
  expect((await refusal(() => api.gitops.removeCluster({ id: 'used' }))).message).toContain('in-used')
  await recordOn('in-used', { type: 'WorkflowReleased', data: { deleted: 0, kept: [] } })
  const { token: minToken } = await api.gitops.removeCluster({ id: 'used' })
  expect((await refusal(() => api.gitops.getCluster({ id: 'used', minToken }))).code).toBe(Code.NotFound)
  const rows = await api.log.db.selectFrom('cluster_credential').selectAll().where('cluster', '=', 'used').execute()
  expect(rows).toEqual([])
  expect((await api.gitops.listClusters({ minToken })).clusters.map(({ id }) => id)).not.toContain('used')
})

test('a workflow that is recorded at the same moment as the removal of its cluster keeps it', async () => {
  await api.gitops.registerCluster({ id: 'raced', ...access })
  const config = workflowConfig({ id: 'in-raced', repository: 'shop', destination: { cluster: 'raced' } })
  if (!config.ok) throw new Error('no configuration')
  const created = workflowDecider.encode({ type: 'WorkflowCreated', data: config.value })
  let removal: Promise<ConnectError> | undefined
  await inTransaction(api.log, async (tx) => {
    const lockStreams = [{ stream: clusterStream('raced'), version: 1 }]
    const cause = { commandId: 'in-raced', actor: 'tester' }
    await append(tx, { stream: workflowStream('in-raced'), expectedVersion: 0, events: [created], cause, lockStreams })
    removal = refusal(() => api.gitops.removeCluster({ id: 'raced' }))
    await until(isSomebodyLocked, { what: 'the removal waits', timeoutMs: 60_000 })
  })
  expect((await removal)?.message).toContain('workflows use it: in-raced')
  expect(await eventsOf('raced')).toEqual(['ClusterRegistered'])
})

async function isSomebodyLocked() {
  const activity = api.log.db.withTables<{
    pg_stat_activity: { readonly datname: string; readonly pid: number; readonly wait_event_type: string | null }
  }>()
  const waiting = activity.selectFrom('pg_stat_activity').select('pid').where('wait_event_type', '=', 'Lock')
  return (await waiting.where('datname', '=', new URL(api.log.url).pathname.slice(1)).execute()).length > 0
}

test('a cluster is removed together with its credentials or not at all', async () => {
  await api.gitops.registerCluster({ id: 'sealed', ...access })
  const { schema } = api.log.db
  await schema.alterTable('cluster_credential').renameTo('away').execute()
  await expect(api.gitops.removeCluster({ id: 'sealed' })).rejects.toThrow('internal error')
  expect(await eventsOf('sealed')).toEqual(['ClusterRegistered'])
  await schema.alterTable('away').renameTo('cluster_credential').execute()
  await api.gitops.removeCluster({ id: 'sealed' })
  expect(await eventsOf('sealed')).toEqual(['ClusterRegistered', 'ClusterRemoved'])
})

test('a cluster that workflows name is not replaced by one that may be another', async () => {
  await api.gitops.registerCluster({ id: 'kept', ...access })
  await api.gitops.createWorkflow({ workflow: { id: 'in-kept', repository: 'shop', destination: { cluster: 'kept' } } })
  await api.gitops.listClusters({ minToken: 'workflow-in-kept@1' })
  const refused = await refusal(() => api.gitops.registerCluster({ id: 'kept', ...dead, force: false }))
  expect(refused.code).toBe(Code.FailedPrecondition)
  await using proxy = await tcpProxy({ port: Number(new URL(access.server).port) })
  // The same cluster by another address is the same.
  const moved = { ...access, server: `https://127.0.0.1:${proxy.port}` }
  expect((await api.gitops.registerCluster({ id: 'kept', ...moved })).changed).toBe(true)
  expect(await eventsOf('kept')).toEqual(['ClusterRegistered', 'ClusterChanged'])
  const weak = accessIn(await readFile(testEnvironment('PLIMSOLL_TEST_KUBECONFIG_UNPRIVILEGED'), 'utf8'))
  const unsure = await refusal(() => api.gitops.registerCluster({ id: 'kept', ...weak }))
  expect(unsure.message).toContain('cannot be told whether the same cluster is there')
  expect(unsure.message).toContain('in-kept')
  expect((await api.gitops.registerCluster({ id: 'kept', ...weak, force: true })).changed).toBe(true)
})

test('a workflow that names an unknown cluster is refused with those that there are', async () => {
  const { token: minToken } = await api.gitops.registerCluster({ id: 'known', ...access })
  await api.gitops.listClusters({ minToken })
  const refused = await refusal(() =>
    api.gitops.createWorkflow({ workflow: { id: 'lost', repository: 'shop', destination: { cluster: 'knwon' } } }),
  )
  expect(refused.code).toBe(Code.InvalidArgument)
  expect(refused.findDetails(FaultSchema)).toMatchObject([{ where: 'destination.cluster' }])
  expect(refused.message).toMatch(/default.*known/)
})

test('a workflow moves to another cluster only while it owns nothing', async () => {
  await api.gitops.registerCluster({ id: 'new', ...access })
  await api.gitops.createWorkflow({ workflow: { id: 'mover', repository: 'shop' } })
  const to = (cluster: string) => api.gitops.updateWorkflow({ workflow: { id: 'mover', destination: { cluster } } })
  expect((await to('new')).changed).toBe(true)
  const vault = vaults(api.log, api.context.installationKey)('mover')
  const inventory = await vault.put({ entries: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'u' }] })
  const blob = await vault.put({})
  await recordOn('mover', { type: 'SyncRequested', data: asked })
  await recordOn('mover', { type: 'PlanMade', data: { ...madePlan, plan: blob, steps: blob, manifest_set: blob } })
  await recordOn('mover', {
    type: 'SyncStarted',
    data: { ...started, plan: blob, steps: blob, manifest_set: blob, backup: blob, inventory },
  })
  const refused = await refusal(() => to('default'))
  expect(refused.code).toBe(Code.FailedPrecondition)
  expect(refused.message).toContain('owns 1 object there')
  expect(refused.findDetails(FaultSchema)[0]?.try).toContain('--cascade')
  // All else may change.
  const more = { id: 'mover', destination: { cluster: 'new', namespace: 'other' } }
  expect((await api.gitops.updateWorkflow({ workflow: more })).changed).toBe(true)
})

const madePlan = {
  revision: 'c0ffee',
  tree: '',
  paths: [],
  digest: '',
  objects: '',
  sync_id: 's1',
  summary: oneCreated,
}
const asked = { sync_id: 's1', trigger: 'manual' as const, revision: null, plan: null, by: null, prune_kept: false }
const started = { sync_id: 's1', revision: 'c0ffee', attempt: 1, resources: 1 }

/** As a service records it. */
async function recordOn(workflow: string, event: WorkflowEvent): Promise<void> {
  const stream = workflowStream(workflow)
  const expectedVersion = (await readStream(api.log, stream)).length
  const cause = { commandId: `${workflow}-${expectedVersion}`, actor: 'syncer' }
  await append(api.log, { stream, expectedVersion, events: [workflowDecider.encode(event)], cause })
}
