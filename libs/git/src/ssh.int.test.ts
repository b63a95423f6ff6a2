import { createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { gitSshServer, lockedSshKeyPair, sshKeyPair } from '@plimsoll/harness'
import { afterAll, describe, expect, test } from 'vitest'
import { commitInfo, fetchHead, openMirror, type Remote, remoteHead } from './index.ts'

const ed25519 = sshKeyPair('ed25519')
const rsa = sshKeyPair('rsa')
const locked = lockedSshKeyPair('correct horse')
const server = await gitSshServer({
  authorizedKeys: [ed25519.publicKey, rsa.publicKey, locked.publicKey],
  hostKeys: ['ed25519', 'rsa'],
})
const repository = await server.createRepository('fleet')
const head = await repository.commit({ 'a.yaml': 'a: 1\n' }, 'First')
const folder = await mkdtemp(join(tmpdir(), 'git ssh-'))
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

function remote(overrides: Partial<Remote> & { readonly key?: string; readonly passphrase?: string } = {}): Remote {
  const { key = ed25519.privateKey, passphrase, ...rest } = overrides
  const credentials = { type: 'ssh', ssh_key: key, ...(passphrase !== undefined && { passphrase }) } as const
  return { url: server.url('fleet'), branch: 'main', credentials, knownHosts: server.knownHosts(), ...rest }
}

describe('over SSH', () => {
  test.each([
    ['an ed25519 key', {}],
    ['an RSA key', { key: rsa.privateKey }],
    ['a locked key and its passphrase', { key: locked.privateKey, passphrase: 'correct horse' }],
    ['a key without its last line end', { key: ed25519.privateKey.trimEnd() }],
    ['a key with Windows line ends', { key: ed25519.privateKey.replaceAll('\n', '\r\n') }],
  ])('the head is read with %s', async (_name, overrides) => {
    expect(await remoteHead(remote(overrides))).toEqual({ commit: head })
  })

  test('a mirror is filled and follows', async () => {
    const steps = await server.createRepository('steps')
    await using mirror = await openMirror({ dir: join(folder, 'steps'), remote: remote({ url: server.url('steps') }) })
    await fetchHead(mirror, await steps.commit({ 'a.yaml': 'a: 1\n' }, 'First'))
    const second = await steps.commit({ 'a.yaml': 'a: 2\n' }, 'Second')
    await fetchHead(mirror, second)
    expect(commitInfo(mirror, second).message).toBe('Second')
  })

  test('the repository name reaches the shell quoted', async () => {
    const url = `ssh://git@127.0.0.1:${server.port}/x'$(touch%20pwned)'.git`
    await expect(remoteHead(remote({ url }))).rejects.toMatchObject({ kind: 'not-found' })
    expect(server.commands).toContain(`git-upload-pack '/x'\\''$(touch pwned)'\\''.git'`)
  })
})

test('SSH goes through the proxy of the remote', async () => {
  const tunnels: string[] = []
  const proxy = createServer()
  proxy.on('connect', (request, socket) => {
    const [, password = ''] = request.headers['proxy-authorization']?.split(' ') ?? []
    tunnels.push(`${request.url} ${Buffer.from(password, 'base64').toString()}`)
    if (tunnels.length > 1) return void socket.end('HTTP/1.1 407 Who are you\r\n\r\n')
    const target = connect(server.port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    target.pipe(socket).pipe(target)
    socket.on('error', () => target.destroy())
    target.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  const through = remote({ proxy: `http://me:canary@127.0.0.1:${port}` })
  expect(await remoteHead(through)).toEqual({ commit: head })
  expect(tunnels).toEqual([`127.0.0.1:${server.port} me:canary`])
  const failure = await remoteHead(through).catch((error: unknown) => error)
  proxy.close()
  expect(failure).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('407') })
  expect(String(failure)).not.toContain('canary')
})

describe('a host key', () => {
  test('that known_hosts lacks is refused with its fingerprint and the line to add', async () => {
    const failure = await remoteHead(remote({ knownHosts: '' })).catch((error: unknown) => error)
    const [line = ''] = server.knownHosts().split('\n')
    expect(failure).toMatchObject({ kind: 'host-key', retryable: false })
    expect(String(failure)).toMatch(/SHA256:[A-Za-z0-9+/]{43}/)
    expect(String(failure)).toContain(line)
  })

  test('is found under each type that the host has', async () => {
    for (const line of server.knownHosts().trim().split('\n'))
      expect(await remoteHead(remote({ knownHosts: `# ours\n\n${line}\n` }))).toEqual({ commit: head })
  })

  test('is found under a hashed name', async () => {
    const salt = Buffer.from('0123456789abcdefghij')
    const hash = createHmac('sha1', salt).update(`[127.0.0.1]:${server.port}`).digest('base64')
    const [, type = '', key = ''] = server.knownHosts().split('\n')[0]?.split(' ') ?? []
    const knownHosts = `|1|${salt.toString('base64')}|${hash} ${type} ${key}\n`
    expect(await remoteHead(remote({ knownHosts }))).toEqual({ commit: head })
  })

  test('of the credential wins over that of the installation', async () => {
    const credentials = { type: 'ssh', ssh_key: ed25519.privateKey, known_hosts: server.knownHosts() } as const
    expect(await remoteHead(remote({ credentials, knownHosts: '' }))).toEqual({ commit: head })
  })

  test('that changed is refused', async () => {
    await using other = await gitSshServer({ authorizedKeys: [ed25519.publicKey] })
    await other.createRepository('fleet')
    const knownHosts = other.knownHosts()
    await other.stop()
    await other.start(['ed25519'])
    await expect(remoteHead(remote({ url: other.url('fleet'), knownHosts }))).rejects.toMatchObject({
      kind: 'host-key',
      message: expect.stringContaining('which is not the one in known_hosts'),
    })
    expect(other.commands).toEqual([])
  })
})

describe('what goes wrong over SSH is told apart', () => {
  test.each([
    ['a key that the server does not know', { key: sshKeyPair('ed25519').privateKey }, 'auth-refused'],
    ['a wrong passphrase', { key: locked.privateKey, passphrase: 'battery staple' }, 'auth-refused'],
    ['a locked key without passphrase', { key: locked.privateKey }, 'auth-refused'],
    ['a text that is no key', { key: 'canary-no-key' }, 'auth-refused'],
    ['a token where a key is needed', { credentials: { type: 'token', token: 'canary' } }, 'auth-refused'],
    ['a repository that is not there', { url: server.url('nothing') }, 'not-found'],
    ['a branch that is not there', { branch: 'nothing' }, 'branch-missing'],
    ['a port where nobody listens', { url: 'ssh://git@127.0.0.1:1/fleet.git' }, 'unreachable'],
  ] as const)('%s', async (_name, overrides, kind) => {
    const failure = await remoteHead(remote(overrides)).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'SourceError', kind })
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(/canary|battery|correct horse|BEGIN/)
  })

  test('a server that went away in the middle and came back', async () => {
    await server.stop()
    await expect(remoteHead(remote())).rejects.toMatchObject({ kind: 'unreachable', retryable: true })
    await server.start()
    expect(await remoteHead(remote())).toEqual({ commit: head })
  })
})
