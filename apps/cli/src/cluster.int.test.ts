import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testEnvironment } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { plimsoll } from '../test/plimsoll.ts'
import { startServices, type Services } from '../test/start-services.ts'

type Kubeconfig = {
  readonly clusters: [{ readonly name: string; readonly cluster: Record<string, string> }]
  readonly users: [{ readonly name: string; readonly user: Record<string, unknown> }]
}

let api: Services
let config: Kubeconfig
const file = testEnvironment('PLIMSOLL_TEST_KUBECONFIG')
beforeAll(async () => {
  api = await startServices()
  config = parse(await readFile(file, 'utf8')) as Kubeconfig
})
afterAll(() => api[Symbol.asyncDispose]())

const run = (args: readonly string[], options: { readonly stdin?: string; readonly cwd?: string } = {}) =>
  plimsoll(args, { ...options, env: { PLIMSOLL_SERVER: api.url, PLIMSOLL_TOKEN_FILE: api.tokenFile } })

test('a cluster is added by kubeconfig, listed, shown and removed', async () => {
  const added = await run(['cluster', 'add', 'east', '--kubeconfig', file])
  expect(added).toMatchObject({ code: 0, err: 'cluster east registered\n' })
  expect(added.out).toMatch(/^Credentials: +token$/m)
  expect(added.out).toMatch(/^State: +reachable/m)
  expect((await run(['cluster', 'add', 'east', '--kubeconfig', file])).err).toBe('cluster east unchanged\n')
  const listed = await run(['cluster', 'list'])
  expect(listed.out).toMatch(
    /^ID +STATE +VERSION +WORKFLOWS +SERVER\ndefault +unknown +- +0 +the services' own\neast +reachable +1\.\d+\.\d+ +0 +https:/,
  )
  const json = JSON.parse((await run(['cluster', 'list', '-o', 'json'])).out) as readonly object[]
  expect(json).toMatchObject([{ id: 'default' }, { id: 'east', registered: true, credentials_type: 'token' }])
  expect(parse((await run(['cluster', 'show', 'east', '-o', 'yaml'])).out)).toMatchObject({ context: 'plimsoll' })
  expect(await run(['cluster', 'remove', 'east'])).toMatchObject({ code: 0, err: 'cluster east removed\n' })
  expect((await run(['cluster', 'remove', 'east'])).code).toBe(1)
})

test('a cluster is added by server and token, which is nowhere shown', async () => {
  const { server = '', 'certificate-authority-data': ca = '' } = config.clusters[0].cluster
  const token = String(config.users[0].user['token'])
  await writeFile(join(api.folder, 'ca.crt'), Buffer.from(ca, 'base64'))
  const args = ['cluster', 'add', 'west', '--api-server', server, '--ca-file', 'ca.crt']
  const added = await run([...args, '--bearer-token-stdin'], { stdin: `${token}\n`, cwd: api.folder })
  expect(added).toMatchObject({ code: 0, err: 'cluster west registered\n' })
  expect(added.out + (await run(['cluster', 'list', '-o', 'yaml'])).out).not.toContain(token)
  const tokenless = await run(args, { cwd: api.folder })
  expect(tokenless).toMatchObject({ code: 2, err: expect.stringContaining('needs a token') as string })
  const wrong = await run([...args, '--bearer-token-stdin'], { stdin: 'canary-wrong', cwd: api.folder })
  expect(wrong.code).toBe(1)
  expect(wrong.err).toContain('has not expired')
  expect(wrong.err).not.toContain('canary')
})

test('a kubeconfig that runs a program is refused here, before anything is sent', async () => {
  const users = [{ name: config.users[0].name, user: { exec: { command: 'aws-iam', env: 'canary' } } }]
  await writeFile(join(api.folder, 'exec'), stringify({ ...config, users }))
  const refused = await run(['cluster', 'add', 'eks', '--kubeconfig', 'exec'], { cwd: api.folder })
  expect(refused.code).toBe(1)
  expect(refused.err).toContain('user.exec runs a program of this machine')
  expect((await run(['cluster', 'add', 'x'])).code).toBe(2)
  expect((await run(['cluster', 'add', 'x', '--kubeconfig', file, '--proxy', 'http://p'])).code).toBe(2)
})

test('a workflow of an unknown cluster is told which there are', async () => {
  await run(['repo', 'add', 'https://git.example.com/shop.git', '--id', 'shop'])
  const refused = await run(['workflow', 'create', '--repo', 'shop', '--id', 'web', '--cluster', 'nowhere'])
  expect(refused.code).toBe(1)
  expect(refused.err).toMatch(/"nowhere" is no cluster that is registered: there .*default/)
})
