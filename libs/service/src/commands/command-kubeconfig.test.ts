import type { ManifestSet } from '@plimsoll/domain'
import { readConfig } from '@plimsoll/runtime'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { commandConfig } from './command-config.ts'
import { commandKubeconfig } from './command-kubeconfig.ts'
import { hiddenValues } from './hidden-values.ts'

const endpoint = {
  server: new URL('https://10.0.0.1:6443/clusters/a/'),
  host: '10.0.0.1',
  authority: '-----BEGIN CERTIFICATE-----',
  serverName: 'kubernetes.default',
  anyCertificate: false,
  isProxied: false,
}
const options = { port: 4321, token: 'a.b.c', namespace: 'shop', account: 'shop/deployer' }

test('a kubeconfig leads to the loopback, is compared with the server itself, and holds one token', () => {
  const read = JSON.parse(commandKubeconfig({ endpoint, ...options })) as { clusters: object[]; users: object[] }
  expect(read.clusters).toEqual([
    {
      name: 'destination',
      cluster: {
        server: 'https://127.0.0.1:4321/clusters/a',
        'tls-server-name': 'kubernetes.default',
        'certificate-authority-data': btoa(endpoint.authority),
      },
    },
  ])
  expect(read.users).toEqual([{ name: 'shop/deployer', user: { token: 'a.b.c' } }])
  expect(read).toMatchObject({ contexts: [{ context: { namespace: 'shop' } }], 'current-context': 'workflow' })
})

test('where the operator trusts whoever answers, so does a command, and where the system says whom, too', () => {
  const trusting = { ...endpoint, anyCertificate: true, authority: undefined }
  expect(JSON.parse(commandKubeconfig({ endpoint: trusting, ...options }))).toMatchObject({
    clusters: [{ cluster: { server: 'https://127.0.0.1:4321/clusters/a', 'insecure-skip-tls-verify': true } }],
  })
  const { cluster } = (
    JSON.parse(commandKubeconfig({ endpoint: { ...endpoint, authority: undefined }, ...options })) as {
      clusters: [{ cluster: object }]
    }
  ).clusters[0]
  expect(Object.keys(cluster)).toEqual(['server', 'tls-server-name'])
})

test('what is hidden is found in Secrets, in hooks of charts, and where it is known to be sensitive', () => {
  const secret = (name: string, fields: object) => ({
    object: { apiVersion: 'v1', kind: 'Secret', metadata: { name }, ...fields },
  })
  const settings = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings' },
    data: { pin: '4711', a: 'b' },
  }
  const set = {
    files: [{ objects: [secret('one', { data: { password: btoa('hunter2') } }), { object: settings }] }],
    hooks: [secret('two', { stringData: { token: 'clear' } })],
  } as unknown as ManifestSet
  const values = hiddenValues([set], ({ kind }) => (kind === 'ConfigMap' ? ['/data/pin'] : []))
  expect([...values].toSorted()).toEqual(['4711', 'aHVudGVyMg==', 'clear', 'hunter2'])
})

test('commands are off, and reach no host, until the operator says so', () => {
  const read = (env: NodeJS.ProcessEnv) => readConfig(z.object(commandConfig), env)
  expect(read({})).toEqual({ PLIMSOLL_HOOK_COMMANDS: false, PLIMSOLL_HOOK_HOSTS: [] })
  const hosts = 'charts.example.com, *.example.org,app:8080'
  expect(read({ PLIMSOLL_HOOK_COMMANDS: 'true', PLIMSOLL_HOOK_HOSTS: hosts })).toEqual({
    PLIMSOLL_HOOK_COMMANDS: true,
    PLIMSOLL_HOOK_HOSTS: ['charts.example.com', '*.example.org', 'app:8080'],
  })
  for (const wrong of ['https://a', '*', 'a/b', 'a:b', 'a:99999', 'a..b'])
    expect(() => read({ PLIMSOLL_HOOK_HOSTS: wrong })).toThrow('PLIMSOLL_HOOK_HOSTS')
})
