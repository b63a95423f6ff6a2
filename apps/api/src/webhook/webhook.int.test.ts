import { createHmac } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { repositoryStream } from '@plimsoll/domain'
import { claim, finish, foldStream, readStream, wake } from '@plimsoll/event-log'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { repositoryDecider } from '@plimsoll/domain'
import { openTestApi, type TestApi } from '../../test/open-test-api.ts'

const installationSecret = 'the secret of the installation'
const ownSecret = 'the secret of one repository'
let api: TestApi
beforeAll(async () => {
  api = await openTestApi({ webhookSecret: installationSecret })
  let minToken = ''
  for (const id of ['own', 'plain', 'burst', 'busy'])
    minToken = (await api.gitops.registerRepository({ id, url: `https://git.example.com/company/${id}.git` })).token
  await api.gitops.updateRepository({ id: 'own', webhookSecret: ownSecret })
  await api.gitops.listRepositories({ minToken })
})
afterAll(() => api[Symbol.asyncDispose]())

const hmac = (body: string | Buffer, secret: string) => createHmac('sha256', secret).update(body).digest('hex')
const push = (id: string) =>
  JSON.stringify({
    repository: {
      clone_url: `https://git.example.com/company/${id}`,
      ssh_url: `git@git.example.com:company/${id}.git`,
    },
  })

async function send(path: string, body: string | Buffer, headers: Readonly<Record<string, string>>): Promise<number> {
  const answer = await fetch(`${api.url}${path}`, { method: 'POST', body, headers })
  await answer.text()
  return answer.status
}

async function refreshes(id: string): Promise<number> {
  return (await readStream(api.log, repositoryStream(id))).filter(({ type }) => type === 'RefreshRequested').length
}

/** Answers all that is asked for, as a poller does. */
async function poll(id: string): Promise<void> {
  const stream = repositoryStream(id)
  await wake(api.log, 'repository', [{ stream }])
  const [claimed] = await claim(api.log, {
    role: 'repository',
    owner: 'test',
    leaseMs: 10_000,
    limit: 1,
    streams: [stream],
  })
  if (claimed === undefined) throw new Error('nothing to claim')
  const { version } = await foldStream(api.log, stream, repositoryDecider)
  await finish(api.log, claimed, { done: version })
}

test.each([
  ['GitHub', (body: string) => ({ 'x-hub-signature-256': `sha256=${hmac(body, installationSecret)}` })],
  ['Gitea', (body: string) => ({ 'x-gitea-signature': hmac(body, installationSecret) })],
  ['GitLab', () => ({ 'x-gitlab-token': installationSecret })],
])('a push that %s tells of has the remote polled', async (_forge, sign) => {
  const before = await refreshes('plain')
  expect(await send('/webhook', push('plain'), sign(push('plain')))).toBe(202)
  expect(await refreshes('plain')).toBe(before + 1)
  await poll('plain')
})

test("GitLab's names of the address are known", async () => {
  const body = JSON.stringify({ project: { git_ssh_url: 'git@git.example.com:company/plain.git' } })
  const before = await refreshes('plain')
  expect(await send('/webhook', body, { 'x-gitlab-token': installationSecret })).toBe(202)
  expect(await refreshes('plain')).toBe(before + 1)
  await poll('plain')
})

test('a repository with a secret of its own takes no other', async () => {
  const body = 'what it says does not matter'
  expect(await send('/webhook/own', body, { 'x-hub-signature-256': `sha256=${hmac(body, installationSecret)}` })).toBe(
    401,
  )
  expect(await refreshes('own')).toBe(0)
  expect(await send('/webhook/own', body, { 'x-hub-signature-256': `sha256=${hmac(body, ownSecret)}` })).toBe(202)
  expect(await refreshes('own')).toBe(1)
  const [event] = (await readStream(api.log, repositoryStream('own'))).filter(({ type }) => type === 'RefreshRequested')
  expect(event).toMatchObject({ actor: 'webhook', data: { source: 'webhook' } })
})

test.each([
  ['no signature', {}],
  ['a wrong signature', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }],
  ['the signature of another body', { 'x-hub-signature-256': `sha256=${hmac('another', installationSecret)}` }],
  ['a signature without its kind', { 'x-hub-signature-256': hmac(push('busy'), installationSecret) }],
  ['an empty signature', { 'x-hub-signature-256': '' }],
  ['a wrong token', { 'x-gitlab-token': 'wrong' }],
  ['a wrong signature and a right token', { 'x-hub-signature-256': 'sha256=00', 'x-gitlab-token': installationSecret }],
])('with %s nothing is done', async (_what, headers) => {
  expect(await send('/webhook', push('busy'), headers)).toBe(401)
  expect(await send('/webhook/busy', push('busy'), headers)).toBe(401)
  expect(await refreshes('busy')).toBe(0)
})

test('without any secret every webhook is refused', async () => {
  await using bare = await openTestApi({ projection: false })
  await bare.gitops.registerRepository({ id: 'r', url: 'https://git.example.com/r.git' })
  const answer = await fetch(`${bare.url}/webhook/r`, { method: 'POST', body: 'x', headers: { 'x-gitlab-token': '' } })
  expect(answer.status).toBe(401)
})

test.each([
  ['an unknown repository', push('unknown')],
  ['no JSON', 'payload=%7B%7D'],
  ['nothing', ''],
  ['wrong types', JSON.stringify({ repository: { clone_url: 7, ssh_url: { toString: 'x' } }, project: [] })],
  ['a regular expression', JSON.stringify({ repository: { clone_url: 'https://git.example.com/company/.*' } })],
  ['a prototype', '{"__proto__":{"repository":{"clone_url":"https://git.example.com/company/busy"}}}'],
  ['deep nesting', '['.repeat(500_000)],
])('%s, rightly signed, is accepted and does nothing', async (_what, body) => {
  expect(await send('/webhook', body, { 'x-gitea-signature': hmac(body, installationSecret) })).toBe(202)
  expect(await refreshes('busy')).toBe(0)
})

test('a body of more than 1 MiB is refused, announced or not', async () => {
  const body = Buffer.alloc(1024 * 1024 + 1, 'x')
  const headers = { 'x-gitea-signature': hmac(body, installationSecret) }
  expect(await send('/webhook', body, headers)).toBe(413)
  const chunked = await new Promise<number | undefined>((resolve, reject) => {
    const request = httpRequest(`${api.url}/webhook`, { method: 'POST', headers }, ({ statusCode }) => {
      resolve(statusCode)
      request.destroy()
    })
    request.on('error', reject)
    request.write(body)
  })
  expect(chunked).toBe(413)
})

test('what is no POST or no path of a webhook is refused', async () => {
  expect((await fetch(`${api.url}/webhook`)).status).toBe(405)
  expect(await send('/webhook/..%2f', '', {})).toBe(404)
  expect(await send('/webhook/UPPER', '', {})).toBe(404)
})

test('a burst asks once, and once more while a poll runs', async () => {
  const body = push('burst')
  const headers = { 'x-gitea-signature': hmac(body, installationSecret) }
  const burst = async (count: number) => {
    const statuses = await Promise.all(Array.from({ length: count }, () => send('/webhook', body, headers)))
    expect(new Set(statuses)).toEqual(new Set([202]))
  }
  await burst(100)
  expect(await refreshes('burst')).toBe(1)

  const stream = repositoryStream('burst')
  await wake(api.log, 'repository', [{ stream }])
  const [claimed] = await claim(api.log, {
    role: 'repository',
    owner: 'test',
    leaseMs: 10_000,
    limit: 1,
    streams: [stream],
  })
  const { version } = await foldStream(api.log, stream, repositoryDecider)
  await burst(100)
  expect(await refreshes('burst')).toBe(2)
  if (claimed !== undefined) await finish(api.log, claimed, { done: version })
  await burst(50)
  expect(await refreshes('burst')).toBe(2)
  await poll('burst')
  await burst(1)
  expect(await refreshes('burst')).toBe(3)
})
