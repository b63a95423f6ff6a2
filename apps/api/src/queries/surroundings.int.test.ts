import { createCertificate } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../../test/open-test-api.ts'
import { answerRefresh, observed } from '../../test/workers.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi({ allowLoopbackClusters: true })
  await api.gitops.registerRepository({ id: 'shop', url: 'https://git.example.com/shop.git' })
})
afterAll(() => api[Symbol.asyncDispose]())

const createWorkflow = (id: string, more: object = {}) =>
  api.gitops.createWorkflow({ workflow: { id, repository: 'shop', targetPath: id, ...more } })

async function statusOf(workflowId: string, minToken: string) {
  return (await api.gitops.getWorkflowStatus({ workflowId, minToken })).workflow
}

test('a dependency that does not exist is warned of, and told until it does', async () => {
  const before = await createWorkflow('front', { dependsOn: { values: ['back'] } })
  expect(before.warnings).toEqual([
    'front depends on back, which does not exist: no sync of front begins before it does (there is no other yet)',
  ])
  const waiting = {
    reason: 'Never synced. It waits for back, which does not exist: create it, or correct depends_on.',
    conditions: [{ type: 'dependency_missing', role: 'write' }],
  }
  expect(await statusOf('front', before.token)).toMatchObject(waiting)
  expect((await api.gitops.listWorkflows({ minToken: before.token })).workflows).toMatchObject([waiting])

  const wrong = await api.gitops.updateWorkflow({ workflow: { id: 'front', dependsOn: { values: ['bakc'] } } })
  expect(wrong.warnings).toEqual([expect.stringContaining('front depends on bakc, which does not exist')])
  const back = await createWorkflow('back')
  expect(back.warnings).toEqual([])
  const right = await api.gitops.updateWorkflow({ workflow: { id: 'front', dependsOn: { values: ['back'] } } })
  expect(right.warnings).toEqual([])
  await statusOf('back', back.token)
  expect(await statusOf('front', right.token)).toMatchObject({ conditions: [] })

  const deleted = await api.gitops.deleteWorkflow({ workflowId: 'back' })
  await api.gitops.listWorkflows({ minToken: deleted.token })
  expect(await statusOf('front', '')).toMatchObject({ conditions: [{ type: 'dependency_missing' }] })
})

const tokenUntil = (date: Date) => {
  const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ exp: date.getTime() / 1_000 })}.canary`
}
const day = 86_400_000
const inDays = (days: number) => new Date(Math.floor((Date.now() + days * day) / 1_000) * 1_000)
const dead = 'https://127.0.0.1:1'
const seconds = (date: Date) => BigInt(date.getTime() / 1_000)

test('a cluster tells when its token or certificate expires, and a workflow there that it has', async () => {
  const [past, soon] = [inDays(-1), inDays(3)]
  const certificate = createCertificate('deployer', { notAfter: soon })
  const user = {
    'client-certificate-data': Buffer.from(certificate.cert).toString('base64'),
    'client-key-data': Buffer.from(certificate.key).toString('base64'),
  }
  const kubeconfig = JSON.stringify({
    clusters: [{ name: 'a', cluster: { server: dead } }],
    users: [{ name: 'a', user }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  })
  const expiring = await api.gitops.registerCluster({ id: 'expiring', kubeconfig, force: true })
  expect(expiring.cluster?.credentialsExpireAt?.seconds).toBe(seconds(soon))
  const expired = await api.gitops.registerCluster({ id: 'old', server: dead, token: tokenUntil(past), force: true })
  const endless = await api.gitops.registerCluster({ id: 'endless', server: dead, token: 'canary', force: true })
  for (const { token } of [expiring, expired, endless]) await api.gitops.listClusters({ minToken: token })
  const { clusters } = await api.gitops.listClusters({})
  expect(clusters.map(({ id, credentialsExpireAt: at }) => [id, at?.seconds])).toEqual([
    ['default', undefined],
    ['endless', undefined],
    ['expiring', seconds(soon)],
    ['old', seconds(past)],
  ])
  expect((await api.gitops.getCluster({ id: 'old' })).cluster?.credentialsExpireAt?.seconds).toBe(seconds(past))

  const there = await createWorkflow('there', { destination: { cluster: 'old' } })
  const told = `The credentials of its cluster expired at ${past.toISOString()}: give others with \`plimsoll cluster add old\`.`
  expect(await statusOf('there', there.token)).toMatchObject({
    reason: expect.stringContaining(told) as string,
    conditions: [{ type: 'credentials_expired' }],
  })
  const elsewhere = await createWorkflow('elsewhere', { destination: { cluster: 'expiring' } })
  expect(await statusOf('elsewhere', elsewhere.token)).toMatchObject({ conditions: [] })
})

test('credentials that cannot be opened take no list and no status down, and are logged once', async () => {
  const added = await api.gitops.registerCluster({
    id: 'torn',
    server: dead,
    token: tokenUntil(inDays(-2)),
    force: true,
  })
  const there = await createWorkflow('on-torn', { destination: { cluster: 'torn' } })
  await api.log.db
    .updateTable('cluster_credential')
    .set({ sealed: Buffer.from('torn') })
    .where('cluster', '=', 'torn')
    .execute()
  expect(await statusOf('on-torn', there.token)).toMatchObject({ conditions: [] })
  await api.gitops.listWorkflows({ minToken: there.token })
  const { clusters } = await api.gitops.listClusters({ minToken: added.token })
  expect(clusters.find(({ id }) => id === 'torn')?.credentialsExpireAt).toBeUndefined()
  expect(api.logged.filter((line) => line.includes('cannot be opened'))).toHaveLength(1)
})

test('a repository tells since when it cannot be read, and who is read from it', async () => {
  await api.gitops.registerRepository({ id: 'away', url: 'https://git.example.com/away.git' })
  const user = await api.gitops.createWorkflow({ workflow: { id: 'user', repository: 'away' } })
  const failure = { kind: 'unreachable', message: 'git.example.com does not answer', retryable: true } as const
  await answerRefresh(api.log, 'away', observed('c0ffee'), { type: 'SourceFailed', data: failure })
  await api.gitops.listWorkflows({ minToken: user.token })
  const { repository } = await api.gitops.getRepository({ id: 'away', minToken: 'repository-away@3' })
  expect(repository).toMatchObject({ failure, head: { revision: 'c0ffee' }, workflows: ['user'] })
  expect(repository?.failure?.since).toBeDefined()
  expect((await api.gitops.listRepositories({})).repositories).toMatchObject([{ id: 'away', workflows: ['user'] }, {}])
})
