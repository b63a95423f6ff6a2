import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** What a known_hosts text says of a key that a host shows. */
export type HostKeyVerdict = 'known' | 'unknown' | 'changed' | 'revoked'

export type KnownHost = {
  /** Key types that are known for the host, such as `ssh-ed25519`. */
  readonly types: readonly string[]
  judge(key: Buffer): HostKeyVerdict
}

type Entry = { readonly hosts: string; readonly type: string; readonly key: string; readonly revoked: boolean }

/**
 * Looks a host up as OpenSSH does: plain names, patterns, `[host]:port`, hashed names, `@revoked`. Lines for certificate
 * authorities are passed over.
 */
export function lookUpHost(text: string, host: string, port: number): KnownHost {
  const name = (port === 22 ? host : `[${host}]:${port}`).toLowerCase()
  const entries = parse(text).filter(({ hosts }) => matches(hosts, name))
  const trusted = entries.filter(({ revoked }) => !revoked)
  return {
    types: [...new Set(trusted.map(({ type }) => type))],
    judge: (key) => {
      const encoded = key.toString('base64')
      if (entries.some((entry) => entry.revoked && entry.key === encoded)) return 'revoked'
      if (trusted.some((entry) => entry.key === encoded)) return 'known'
      return trusted.length > 0 ? 'changed' : 'unknown'
    },
  }
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The type that a public key in wire format begins with. */
export function keyTypeOf(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0
  return key.toString('latin1', 4, 4 + Math.min(length, 64))
}

function parse(text: string): Entry[] {
  return text.split('\n').flatMap((line): Entry[] => {
    const fields = line.trim().split(/\s+/)
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined
    const [hosts, type, key] = fields
    if (!hosts || hosts.startsWith('#') || !type || !key || marker === '@cert-authority') return []
    // Written again, so that padding and stray bits do not decide.
    return [{ hosts, type, key: Buffer.from(key, 'base64').toString('base64'), revoked: marker === '@revoked' }]
  })
}

function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith('|1|')) return matchesHashed(hosts, name)
  const patterns = hosts.toLowerCase().split(',')
  if (patterns.some((pattern) => pattern.startsWith('!') && matchesPattern(pattern.slice(1), name))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesPattern(pattern, name))
}

function matchesHashed(hosts: string, name: string): boolean {
  const [, , salt = '', hash = ''] = hosts.split('|')
  const expected = Buffer.from(hash, 'base64')
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

function matchesPattern(pattern: string, name: string): boolean {
  const source = pattern.replace(/[^*?]/g, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`)
  return new RegExp(`^${source.replace(/\*+/g, '.*').replaceAll('?', '.')}$`, 'su').test(name)
}
