import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { accessOf, portableKubeconfig, readGivenKubeconfig } from './given-access.ts'
import { KubeconfigError } from './kubeconfig.ts'

const pem = (what: string) => `-----BEGIN CERTIFICATE-----\n${what}\n-----END CERTIFICATE-----\n`
const base64 = (text: string) => Buffer.from(text).toString('base64')

function kubeconfig(user: object, cluster: object = {}): string {
  return JSON.stringify({
    clusters: [
      { name: 'a', cluster: { server: 'https://a.example.com:6443', ...cluster } },
      { name: 'other', cluster: { server: 'https://other.example.com' } },
    ],
    users: [
      { name: 'me', user },
      { name: 'other', user: { token: 'canary-of-another' } },
    ],
    contexts: [
      { name: 'to-a', context: { cluster: 'a', user: 'me' } },
      { name: 'to-other', context: { cluster: 'other', user: 'other' } },
    ],
    'current-context': 'to-a',
  })
}

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'given-access-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

async function errorOf(work: Promise<unknown>): Promise<KubeconfigError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(KubeconfigError)
  return error as KubeconfigError
}

test('a kubeconfig is read to what is public and what is secret, and leads back to the same access', async () => {
  const text = kubeconfig(
    { 'client-certificate-data': base64(pem('me')), 'client-key-data': base64('key') },
    {
      'certificate-authority-data': base64(pem('ca')),
      'tls-server-name': 'kubernetes',
      'proxy-url': 'http://proxy:3128',
    },
  )
  const given = await readGivenKubeconfig(text, undefined)
  expect(given).toEqual({
    context: 'to-a',
    server: 'https://a.example.com:6443',
    ca: pem('ca'),
    tls_server_name: 'kubernetes',
    proxy: 'http://proxy:3128',
    credential: { type: 'certificate', certificate: pem('me'), key: 'key' },
  })
  expect(accessOf(given)).toMatchObject({
    cluster: { server: 'https://a.example.com:6443', 'certificate-authority-data': base64(pem('ca')) },
    user: { 'client-certificate-data': base64(pem('me')), 'client-key-data': base64('key') },
  })
})

test.each([
  ['cluster.insecure-skip-tls-verify', { token: 'canary' }, { 'insecure-skip-tls-verify': true }],
  ['user.as', { token: 'canary', as: 'admin' }, {}],
  ['user.as-groups', { token: 'canary', 'as-groups': ['system:masters'] }, {}],
  ['user.exec', { exec: { command: 'canary' } }, {}],
  ['user.tokenFile', { tokenFile: '/etc/passwd' }, {}],
  ['cluster.certificate-authority', { token: 'canary' }, { 'certificate-authority': '/etc/passwd' }],
  ['user', { username: 'u', password: 'canary' }, {}],
  ['user', {}, {}],
])('%s is refused in what a user gives, and no secret is told', async (field, user, cluster) => {
  const error = await errorOf(readGivenKubeconfig(kubeconfig(user, cluster), undefined))
  expect(error.field).toBe(field)
  expect(error.message).not.toContain('canary')
})

test('one context of a file goes along, whole and alone', async () => {
  const user = { 'client-certificate': 'me.crt', 'client-key': 'me.key' }
  const folder = await folderWith({
    'ca.crt': pem('ca'),
    'me.crt': pem('me'),
    'me.key': 'key',
    config: kubeconfig(user, { 'certificate-authority': 'ca.crt' }),
  })
  const { text, context } = await portableKubeconfig(join(folder, 'config'), undefined)
  expect(context).toBe('to-a')
  expect(text).not.toContain('other')
  expect(await readGivenKubeconfig(text, undefined)).toMatchObject({
    ca: pem('ca'),
    credential: { type: 'certificate', certificate: pem('me'), key: 'key' },
  })
})

test('a token goes along as it is now', async () => {
  const folder = await folderWith({ token: 'now\n', config: kubeconfig({ tokenFile: 'token' }) })
  const { text } = await portableKubeconfig(join(folder, 'config'), 'to-a')
  expect(await readGivenKubeconfig(text, undefined)).toMatchObject({ credential: { type: 'token', token: 'now' } })
})

test('what no other machine can run does not go along', async () => {
  const folder = await folderWith({ config: kubeconfig({ exec: { command: 'aws' } }) })
  expect((await errorOf(portableKubeconfig(join(folder, 'config'), undefined))).field).toBe('user.exec')
  const missing = await folderWith({ config: kubeconfig({ 'client-certificate': 'gone.crt', 'client-key': 'k' }) })
  expect((await errorOf(portableKubeconfig(join(missing, 'config'), undefined))).message).toContain('gone.crt')
})
