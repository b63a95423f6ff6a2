import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { openCredentials } from './credentials.ts'
import { KubeconfigError, readKubeconfig } from './kubeconfig.ts'
import type { UserEntry } from './kubeconfig.ts'

type Changes = { cluster?: object; user?: object; root?: object }

function kubeconfig({ cluster = {}, user = {}, root = {} }: Changes = {}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'a', cluster: { server: 'https://a.example.com:6443', ...cluster } },
      { name: 'b', cluster: { server: 'https://b.example.com' } },
    ],
    users: [{ name: 'me', user: { token: 'secret', ...user } }],
    contexts: [
      { name: 'to-a', context: { cluster: 'a', user: 'me', namespace: 'shop' } },
      { name: 'to-b', context: { cluster: 'b', user: 'me' } },
      { name: 'to-nowhere', context: { cluster: 'c', user: 'me' } },
    ],
    'current-context': 'to-a',
    ...root,
  })
}

async function file(text: string, name = 'kubeconfig'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

test('the current context is taken, or the one that is named', async () => {
  const path = await file(kubeconfig())
  expect(await readKubeconfig({ kubeconfig: path })).toMatchObject({
    context: 'to-a',
    namespace: 'shop',
    cluster: { server: 'https://a.example.com:6443' },
    user: { name: 'me', token: 'secret' },
  })
  expect((await readKubeconfig({ kubeconfig: path, context: 'to-b' })).cluster.server).toBe('https://b.example.com')
})

test("paths of the operator's file are relative to it", async () => {
  const path = await file(kubeconfig({ cluster: { 'certificate-authority': 'pki/ca.crt' }, user: { tokenFile: '/t' } }))
  const { cluster, user } = await readKubeconfig({ kubeconfig: path })
  expect(cluster['certificate-authority']).toBe(join(path, '..', 'pki', 'ca.crt'))
  expect(user.tokenFile).toBe('/t')
})

test.each([
  ['cluster.certificate-authority', { cluster: { 'certificate-authority': '/etc/passwd' } }],
  ['user.client-certificate', { user: { 'client-certificate': '/etc/passwd' } }],
  ['user.client-key', { user: { 'client-key': '/etc/passwd' } }],
  ['user.tokenFile', { user: { tokenFile: '/etc/passwd' } }],
  ['user.exec', { user: { exec: { command: 'sh' } } }],
  ['user.auth-provider', { user: { 'auth-provider': { name: 'gcp', config: { 'cmd-path': 'sh' } } } }],
])("a user's text may not have %s", async (field, changes) => {
  const error = await readKubeconfig({ kubeconfigText: kubeconfig(changes) }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(KubeconfigError)
  expect(error).toMatchObject({ field, message: expect.stringContaining(field) })
})

test.each([
  ['an empty text', '', 'is empty'],
  ['no YAML', 'clusters: [', 'is not YAML (line 1)'],
  ['no current context', kubeconfig({ root: { 'current-context': '' } }), 'has no current-context'],
  ['an unknown context', kubeconfig({ root: { 'current-context': 'x' } }), 'x (it has: to-a, to-b, to-nowhere)'],
  ['an unknown cluster', kubeconfig({ root: { 'current-context': 'to-nowhere' } }), 'clusters entry c (it has: a, b)'],
  ['plain http', kubeconfig({ cluster: { server: 'http://a.example.com' } }), 'must be https'],
  ['a proxy of another kind', kubeconfig({ cluster: { 'proxy-url': 'socks5://p' } }), 'must be http or https'],
  ['no URL', kubeconfig({ cluster: { server: 'a.example.com' } }), 'must be https'],
])('%s is a clear error', async (_name, kubeconfigText, message) => {
  await expect(readKubeconfig({ kubeconfigText })).rejects.toThrow(message)
})

test('an error about the YAML does not quote the file', async () => {
  const text = 'users: [{ name: me, user: { token: hunter2 }\n'
  const { message, cause } = (await readKubeconfig({ kubeconfigText: text }).catch(
    (thrown: unknown) => thrown,
  )) as Error
  expect(JSON.stringify({ message, cause })).not.toContain('hunter2')
})

test('a missing file is named', async () => {
  await expect(readKubeconfig({ kubeconfig: '/nowhere/config' })).rejects.toThrow('/nowhere/config')
})

async function headersFor(user: Omit<UserEntry, 'name'>) {
  const access = await readKubeconfig({ kubeconfig: await file(kubeconfig({ user: { token: undefined, ...user } })) })
  return openCredentials(access)
}

test.each([
  ['a token', { token: 't' }, { authorization: 'Bearer t' }],
  ['a user with a password', { username: 'me', password: 'p' }, { authorization: `Basic ${btoa('me:p')}` }],
  [
    'impersonation',
    { token: 't', as: 'other', 'as-groups': ['g', 'h'] },
    { authorization: 'Bearer t', 'impersonate-user': 'other', 'impersonate-group': ['g', 'h'] },
  ],
  ['nothing', {}, {}],
])('%s becomes headers', async (_name, user, headers) => {
  expect(await (await headersFor(user)).headers()).toEqual(headers)
})

test('a token file is read anew once the server refused the token', async () => {
  const tokenFile = await file('first\n', 'token')
  const credentials = await headersFor({ tokenFile })
  expect(await credentials.headers()).toEqual({ authorization: 'Bearer first' })
  await writeFile(tokenFile, 'second\n')
  credentials.renew()
  expect(await credentials.headers()).toEqual({ authorization: 'Bearer second' })
})

// Counts its own runs and answers as a credential plug-in does.
const plugin = `
const { readFileSync, writeFileSync } = require('node:fs')
const runs = Number(readFileSync(process.argv[1], 'utf8')) + 1
writeFileSync(process.argv[1], String(runs))
const { kind, spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
console.log(JSON.stringify({ kind, status: { token: spec.cluster.server + ' ' + runs } }))
`

test('a credential plug-in is run once, and again when the server refused its token', async () => {
  const counter = await file('0', 'counter')
  const apiVersion = 'client.authentication.k8s.io/v1'
  const credentials = await headersFor({
    exec: { apiVersion, command: process.execPath, args: ['-e', plugin, counter] },
  })
  expect(await credentials.headers()).toEqual({ authorization: 'Bearer https://a.example.com:6443 1' })
  expect(await credentials.headers()).toEqual({ authorization: 'Bearer https://a.example.com:6443 1' })
  credentials.renew()
  expect(await credentials.headers()).toEqual({ authorization: 'Bearer https://a.example.com:6443 2' })
})

test('a credential plug-in that fails is a clear error, and is asked again', async () => {
  const credentials = await headersFor({ exec: { command: process.execPath, args: ['-e', 'process.exit(3)'] } })
  await expect(credentials.headers()).rejects.toThrow('the credential plug-in of me failed')
  await expect(credentials.headers()).rejects.toThrow(KubeconfigError)
})
