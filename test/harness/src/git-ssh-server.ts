import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2'
import { createGitRepository, gitEnvironment, type GitRepository } from '@plimsoll/embedded'

export type SshKeyType = 'ed25519' | 'rsa' | 'ecdsa'

export type GitSshServerOptions = {
  /** Public keys, in OpenSSH format, that may read. */
  readonly authorizedKeys: readonly string[]
  /** What keys the host shows; one of ed25519 by default. */
  readonly hostKeys?: readonly SshKeyType[]
}

const { generateKeyPairSync, parseKey } = ssh2.utils

/** A real SSH server on a loopback port that runs `git-upload-pack` and nothing else. */
export type GitSshServer = AsyncDisposable & {
  url(repository: string): string
  readonly port: number
  createRepository(name: string, branch?: string): Promise<GitRepository>
  /** The host's keys as lines of known_hosts. */
  knownHosts(): string
  /** Every command that a client asked for. */
  readonly commands: string[]
  stop(): Promise<void>
  /** Listens again, on the same port, with new host keys if their types are given. */
  start(hostKeys?: readonly SshKeyType[]): Promise<void>
}

export type SshKeyPair = { readonly privateKey: string; readonly publicKey: string }

/** A fresh key pair in OpenSSH's format. */
export function sshKeyPair(type: SshKeyType): SshKeyPair {
  const bits = type === 'rsa' ? 2048 : 256
  return readable(() => (type === 'ed25519' ? generateKeyPairSync(type) : generateKeyPairSync(type, { bits })))
}

/** A fresh ed25519 key pair whose private half is locked. */
export function lockedSshKeyPair(passphrase: string): SshKeyPair {
  return readable(() => generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-ctr', rounds: 4 }), passphrase)
}

/** One of some hundred keys that are made here is malformed: neither this library nor ssh-keygen reads it. */
function readable(
  generate: () => { readonly private: string; readonly public: string },
  passphrase?: string,
): SshKeyPair {
  for (;;) {
    const { private: privateKey, public: publicKey } = generate()
    if (!(parseKey(privateKey, passphrase) instanceof Error)) return { privateKey, publicKey }
  }
}

export async function gitSshServer({
  authorizedKeys,
  hostKeys = ['ed25519'],
}: GitSshServerOptions): Promise<GitSshServer> {
  const root = await mkdtemp(join(tmpdir(), 'git ssh server-'))
  const commands: string[] = []
  const connections = new Set<Connection>()
  let keys = hostKeys.map((type) => sshKeyPair(type))
  const listen = async (port: number): Promise<Server> => {
    const ssh = new ssh2.Server({ hostKeys: keys.map(({ privateKey }) => privateKey) }, (client) => {
      connections.add(client)
      client.on('close', () => connections.delete(client)).on('error', () => undefined)
      client.on('authentication', (context) => authenticate(context, authorizedKeys))
      client.on('session', (acceptSession) =>
        acceptSession().on('exec', (accept, _reject, { command }) => {
          commands.push(command)
          uploadPack(root, command, accept())
        }),
      )
    })
    // As sshd does: held back to be joined, each small packet of a handshake waits 40 ms.
    const server = createServer({ noDelay: true }, (socket) => ssh.injectSocket(socket))
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
    return server
  }
  let server = await listen(0)
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const connection of connections) connection.end()
    await closed
  }
  return {
    port,
    commands,
    url: (repository) => `ssh://git@127.0.0.1:${port}/${encodeURI(repository)}.git`,
    createRepository: (name, branch) => createGitRepository(join(root, `${name}.git`), branch),
    knownHosts: () => keys.map(({ publicKey }) => `[127.0.0.1]:${port} ${publicKey}\n`).join(''),
    stop,
    start: async (types) => {
      if (types !== undefined) keys = types.map((type) => sshKeyPair(type))
      server = await listen(port)
    },
    [Symbol.asyncDispose]: async () => {
      await stop().catch(() => undefined)
      await rm(root, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

function authenticate(context: AuthContext, authorizedKeys: readonly string[]): void {
  if (context.method !== 'publickey') return context.reject(['publickey'])
  const allowed = authorizedKeys
    .map((text) => ssh2.utils.parseKey(text))
    .find((key) => !(key instanceof Error) && key.getPublicSSH().equals(context.key.data))
  if (allowed === undefined || allowed instanceof Error) return context.reject(['publickey'])
  const { signature, blob, hashAlgo } = context
  const proven = signature === undefined || blob === undefined || allowed.verify(blob, signature, hashAlgo) === true
  if (proven) context.accept()
  else context.reject(['publickey'])
}

function uploadPack(root: string, command: string, channel: ServerChannel): void {
  const path = /^git-upload-pack '(.*)'$/.exec(command)?.[1]
  if (path === undefined) {
    channel.stderr.write('this server runs git-upload-pack only\n')
    channel.exit(127)
    return void channel.end()
  }
  const child = spawn('git', ['-c', 'safe.directory=*', 'upload-pack', '--strict', join(root, basename(path))], {
    env: gitEnvironment,
    stdio: 'pipe',
  })
  child.stdin.on('error', () => undefined)
  channel.on('error', () => undefined).on('close', () => child.kill('SIGKILL'))
  channel.pipe(child.stdin)
  child.stdout.pipe(channel, { end: false })
  child.stderr.pipe(channel.stderr, { end: false })
  child.on('close', (code) => {
    channel.exit(code ?? 1)
    channel.end()
  })
}
