import { Code } from '@connectrpc/connect'
import { repositoryStream } from '@plimsoll/domain'
import { getCredential, readStream, sealKey } from '@plimsoll/event-log'
import { FaultSchema } from '@plimsoll/proto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../../test/open-test-api.ts'
import { refusal } from '../../test/refusal.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const typesOf = async (id: string) => (await readStream(api.log, repositoryStream(id))).map(({ type }) => type)

test('a repository that is registered twice with the same values is recorded once', async () => {
  const request = { id: 'twice', url: 'https://git.example.com/a/b.git', pollInterval: '1m' }
  const first = await api.gitops.registerRepository(request)
  expect(first).toMatchObject({
    changed: true,
    token: 'repository-twice@1',
    repository: { id: 'twice', branch: 'main', pollInterval: '1m', credentialsType: '' },
  })
  expect(await api.gitops.registerRepository(request)).toMatchObject({ changed: false, token: 'repository-twice@1' })
  expect(await typesOf('twice')).toEqual(['RepositoryRegistered'])
})

test('another value is a recorded change', async () => {
  await api.gitops.registerRepository({ id: 'changed', url: 'https://git.example.com/a/b.git' })
  const again = await api.gitops.registerRepository({
    id: 'changed',
    url: 'https://git.example.com/a/b.git',
    branch: 'next',
  })
  expect(again).toMatchObject({ changed: true, repository: { branch: 'next' } })
  expect(await typesOf('changed')).toEqual(['RepositoryRegistered', 'RepositoryChanged'])
})

test('without an id the same remote gets the same id', async () => {
  const request = { url: 'https://git.example.com/derived.git' }
  const { repository } = await api.gitops.registerRepository(request)
  expect(repository?.id).toMatch(/^repo-[0-9a-f]{16}$/)
  expect((await api.gitops.registerRepository(request)).repository?.id).toBe(repository?.id)
})

test('credentials are sealed, and the same ones again record nothing', async () => {
  const canary = 'canary-5f1c0e'
  const request = { id: 'sealed', url: 'https://git.example.com/s.git', credentials: { type: 'token', token: canary } }
  const { repository } = await api.gitops.registerRepository(request)
  expect(repository?.credentialsType).toBe('token')
  expect((await api.gitops.registerRepository(request)).changed).toBe(false)
  const sealed = await getCredential(api.log, 'sealed')
  const key = sealKey(api.context.installationKey, 'repository:sealed')
  expect(JSON.parse(Buffer.from(key.unseal(sealed ?? Buffer.of())).toString())).toEqual({
    type: 'token',
    token: canary,
  })
  const stored = JSON.stringify([
    await readStream(api.log, repositoryStream('sealed')),
    Buffer.from(sealed ?? '').toString('latin1'),
  ])
  expect(stored).not.toContain(canary)
  expect(
    JSON.stringify(await api.gitops.getRepository({ id: 'sealed', minToken: 'repository-sealed@1' })),
  ).not.toContain(canary)

  const rotated = await api.gitops.registerRepository({ ...request, credentials: { type: 'token', token: 'another' } })
  expect(rotated.changed).toBe(true)
  expect(await typesOf('sealed')).toEqual(['RepositoryRegistered', 'CredentialRotated'])
})

test('credentials that are left out are forgotten by a registration and kept by an update', async () => {
  const credentials = { type: 'userpass', username: 'u', password: 'p' }
  await api.gitops.registerRepository({ id: 'forget', url: 'https://git.example.com/f.git', credentials })
  const updated = await api.gitops.updateRepository({ id: 'forget', branch: 'next' })
  expect(updated).toMatchObject({ changed: true, repository: { credentialsType: 'userpass', branch: 'next' } })
  expect(await getCredential(api.log, 'forget')).toBeDefined()
  const again = await api.gitops.registerRepository({
    id: 'forget',
    url: 'https://git.example.com/f.git',
    branch: 'next',
  })
  expect(again.repository?.credentialsType).toBe('')
  expect(await getCredential(api.log, 'forget')).toBeUndefined()
})

test('everything that is wrong with a request is told at once, and no secret is repeated', async () => {
  const refused = await refusal(() =>
    api.gitops.registerRepository({
      id: 'Not An Id',
      url: 'https://user:canary-77@git.example.com/x',
      branch: '--upload-pack=x',
      pollInterval: '5 apples',
      proxy: 'http://u:canary-77@proxy',
      credentials: { type: 'token', token: 'canary-77\n' },
    }),
  )
  expect(refused.code).toBe(Code.InvalidArgument)
  const faults = refused.findDetails(FaultSchema)
  expect(faults.map(({ where }) => where).toSorted()).toEqual([
    'branch',
    'credentials.token',
    'id',
    'poll_interval',
    'proxy',
    'url',
  ])
  expect(JSON.stringify([refused.message, faults])).not.toContain('canary-77')
  for (const fault of faults) expect(fault.try).not.toBe('')
})

test('a folder of this machine is no remote unless that is allowed', async () => {
  const refused = await refusal(() => api.gitops.registerRepository({ url: 'file:///srv/git/a' }))
  expect(refused.code).toBe(Code.InvalidArgument)
  await using embedded = await openTestApi({ allowFileRemotes: true, projection: false })
  expect((await embedded.gitops.registerRepository({ url: 'file:///srv/git/a' })).changed).toBe(true)
})

test('an unknown repository is not found, and the known ones are named', async () => {
  const { token } = await api.gitops.registerRepository({ id: 'known', url: 'https://git.example.com/k.git' })
  await api.gitops.getRepository({ id: 'known', minToken: token })
  const refused = await refusal(() => api.gitops.getRepository({ id: 'unknown' }))
  expect(refused.code).toBe(Code.NotFound)
  expect(refused.message).toContain('known')
})

test('a repository in use is not deleted, and its users are named', async () => {
  await api.gitops.registerRepository({ id: 'used', url: 'https://git.example.com/u.git' })
  await api.gitops.createWorkflow({ workflow: { id: 'user-of-it', repository: 'used' } })
  const refused = await refusal(() => api.gitops.deleteRepository({ id: 'used' }))
  expect(refused.code).toBe(Code.FailedPrecondition)
  expect(refused.message).toContain('user-of-it')
  await api.gitops.deleteWorkflow({ workflowId: 'user-of-it' })
  const { token: minToken } = await api.gitops.deleteRepository({ id: 'used' })
  expect((await refusal(() => api.gitops.getRepository({ id: 'used', minToken }))).code).toBe(Code.NotFound)
})

test('the same command sent twice is carried out once', async () => {
  const request = { id: 'once', url: 'https://git.example.com/o.git', commandId: 'cmd-1', reason: 'because' }
  const first = await api.gitops.registerRepository(request)
  const again = await api.gitops.registerRepository(request)
  expect(again.token).toBe(first.token)
  const [event] = await readStream(api.log, repositoryStream('once'))
  expect(event).toMatchObject({ commandId: 'cmd-1', reason: 'because', actor: 'tester' })
})

test('a list goes on where its page ended', async () => {
  let minToken = ''
  for (const id of ['page-a', 'page-b', 'page-c'])
    minToken = (await api.gitops.registerRepository({ id, url: `https://git.example.com/${id}` })).token
  const ids: string[] = []
  for (let pageToken = '', pages = 0; pages === 0 || pageToken !== ''; pages++) {
    const page = await api.gitops.listRepositories({ pageSize: 2, pageToken, minToken })
    expect(page.repositories.length).toBeLessThanOrEqual(2)
    ids.push(...page.repositories.map(({ id }) => id))
    pageToken = page.nextPageToken
  }
  expect(ids).toEqual(ids.toSorted())
  expect(ids).toEqual(expect.arrayContaining(['page-a', 'page-b', 'page-c']))
})
