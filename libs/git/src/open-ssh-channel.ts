import type { Socket } from 'node:net'
import ssh2, { type ClientChannel, type ConnectConfig } from 'ssh2'
import { type Channel, gatherError } from './channel.ts'
import { connectThroughProxy } from './connect-through-proxy.ts'
import { fingerprintOf, type KnownHost, keyTypeOf, lookUpHost } from './known-hosts.ts'
import type { ParsedUrl } from './parse-remote-url.ts'
import type { Remote } from './remote.ts'
import { quoteServer, SourceError } from './source-error.ts'
import type { TransportContext } from './transport.ts'

type SshUrl = Extract<ParsedUrl, { transport: 'ssh' }>

const hostKeyAlgorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const

/** Runs `git-upload-pack` over SSH, after the host has shown a key that known_hosts holds. */
export async function openSshChannel(context: TransportContext, url: SshUrl): Promise<Channel> {
  const { remote, signal, limits } = context
  const { key, passphrase } = privateKeyOf(remote)
  const known = lookUpHost(knownHostsOf(remote), url.host, url.port)
  const sock = await connectThroughProxy(remote, url, signal)
  let refused: SourceError | undefined
  const client = new ssh2.Client()
  const close = () => client.destroy()
  signal.addEventListener('abort', close, { once: true })
  client.on('close', () => signal.removeEventListener('abort', close))
  try {
    await connect(client, {
      ...(sock && { sock }),
      host: url.host,
      port: url.port,
      username: url.username,
      privateKey: key,
      ...(passphrase !== undefined && { passphrase }),
      readyTimeout: limits.timeoutMs,
      keepaliveInterval: 10_000,
      algorithms: { serverHostKey: orderOf(known) },
      hostVerifier: (shown: Buffer) => (refused = judge(remote, url, known, shown)) === undefined,
    })
    return toChannel(client, await execute(client, `git-upload-pack '${url.path.replaceAll("'", "'\\''")}'`))
  } catch (error) {
    close()
    throw refused ?? sshFailure(remote, error)
  }
}

function privateKeyOf(remote: Remote): { key: string; passphrase: string | undefined } {
  const { credentials } = remote
  if (credentials?.type !== 'ssh')
    throw new SourceError(remote, 'auth-refused', {
      because: 'an SSH URL needs an SSH key, and none is given',
      remedy: 'register the repository with an SSH key, or use its https:// URL',
    })
  // A key that was pasted often misses its last line end, without which it cannot be read.
  const key = `${credentials.ssh_key.replaceAll('\r\n', '\n').trim()}\n`
  const parsed = ssh2.utils.parseKey(key, credentials.passphrase)
  if (parsed instanceof Error)
    throw new SourceError(remote, 'auth-refused', {
      because: /passphrase|encrypted|bad decrypt|integrity/i.test(parsed.message)
        ? 'the SSH key is encrypted, and the passphrase is missing or wrong'
        : 'the SSH key cannot be read',
      remedy: 'give a private key in OpenSSH or PEM format (`ssh-keygen -t ed25519`), and its passphrase if it has one',
    })
  return { key, passphrase: credentials.passphrase }
}

function knownHostsOf({ credentials, knownHosts }: Remote): string {
  return (credentials?.type === 'ssh' ? credentials.known_hosts : undefined) ?? knownHosts ?? ''
}

/** Known types first: a host with several keys must show the one that can be checked. */
function orderOf({ types }: KnownHost): (typeof hostKeyAlgorithms)[number][] {
  const isKnown = (algorithm: string) => types.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm)
  return [...hostKeyAlgorithms].toSorted((a, b) => Number(isKnown(b)) - Number(isKnown(a)))
}

function judge(remote: Remote, { host, port }: SshUrl, known: KnownHost, shown: Buffer): SourceError | undefined {
  const verdict = known.judge(shown)
  if (verdict === 'known') return undefined
  const name = port === 22 ? host : `[${host}]:${port}`
  const key = `its ${keyTypeOf(shown)} key ${fingerprintOf(shown)}`
  if (verdict === 'unknown')
    return new SourceError(remote, 'host-key', {
      because: `known_hosts has no key of ${name}, which shows ${key}`,
      remedy: `compare the fingerprint with the one that the host publishes, then add this line to known_hosts: ${name} ${keyTypeOf(shown)} ${shown.toString('base64')}`,
    })
  return new SourceError(remote, 'host-key', {
    because:
      verdict === 'revoked'
        ? `known_hosts revokes what ${name} shows, ${key}`
        : `${name} shows ${key}, which is not the one in known_hosts: somebody may be in between`,
    remedy: 'ask who runs the host; only if its key was changed on purpose, replace the line in known_hosts',
  })
}

function connect(client: ssh2.Client, config: ConnectConfig & { sock?: Socket }): Promise<void> {
  return new Promise((resolve, reject) => {
    client.on('ready', resolve)
    // The handshake is many small packets; held back to be joined, each waits 40 ms for the last one's receipt.
    client.on('connect', () => client.setNoDelay(true))
    client.on('error', reject)
    client.on('close', () => reject(new Error('the connection was closed')))
    client.connect(config)
  })
}

function execute(client: ssh2.Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, stream) => (error ? reject(error) : resolve(stream)))
  })
}

function toChannel(client: ssh2.Client, stream: ClientChannel): Channel {
  const error = gatherError(stream.stderr)
  const ended = new Promise<{ code: number | undefined; error: string }>((resolve) => {
    let code: number | undefined
    stream.on('exit', (status: number | null) => (code = status ?? undefined))
    stream.on('close', () => resolve({ code, error: error() }))
    client.on('close', () => resolve({ code, error: error() || 'the connection was closed' }))
  })
  stream.on('error', () => undefined)
  return {
    output: stream[Symbol.asyncIterator](),
    write: (bytes) => stream.write(bytes),
    end: () => stream.end(),
    ended,
    close: () => client.destroy(),
  }
}

function sshFailure(remote: Remote, error: unknown): SourceError {
  if (error instanceof SourceError) return error
  const { message = '', level = '', code = '' } = error as { message?: string; level?: string; code?: string }
  if (level === 'client-authentication')
    return new SourceError(remote, 'auth-refused', {
      because: 'the server refuses the SSH key',
      remedy: 'add its public half as a deploy key that may read this repository, and check the user name in the URL',
    })
  if (level === 'client-timeout')
    return new SourceError(remote, 'timeout', {
      because: 'the SSH server did not finish its greeting',
      remedy: 'check the host, the port and the network',
    })
  if (level === 'handshake' || level === 'protocol')
    return new SourceError(remote, 'protocol', {
      because: `the SSH handshake failed (${quoteServer(message)})`,
      remedy: 'check that the port is that of an SSH server of this decade',
    })
  return new SourceError(remote, 'unreachable', {
    because: `the connection failed (${quoteServer(code || message)})`,
    remedy: 'check the host, the port and the network',
  })
}
