import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export type Certificate = { readonly cert: string; readonly key: string }

export type CertificateOptions = {
  /** The CA that signs; without one the certificate is a CA that signs itself. */
  readonly issuer?: Certificate & { readonly name: string }
  readonly notAfter?: Date
  /** Names of hosts besides localhost. */
  readonly hosts?: readonly string[]
}

const hour = 3_600_000

/** A certificate for 127.0.0.1 and localhost, or a CA, as `openssl` would make it, without `openssl`. */
export function createCertificate(
  name: string,
  { issuer, notAfter, hosts = [] }: CertificateOptions = {},
): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const until = notAfter ?? new Date(Date.now() + 24 * hour)
  const body = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ecdsaWithSha256,
    commonName(issuer?.name ?? name),
    sequence(time(new Date(until.getTime() - 48 * hour)), time(until)),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(publicKey, issuer === undefined, hosts))),
  )
  const signature = sign('sha256', body, issuer?.key ?? privateKey)
  const der = sequence(body, ecdsaWithSha256, tagged(0x03, Buffer.of(0), signature))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function extensions(key: KeyObject, isCa: boolean, hosts: readonly string[]): Buffer[] {
  const keyId = createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
  const names = sequence(
    tagged(0x87, Buffer.of(127, 0, 0, 1)),
    ...['localhost', ...hosts].map((host) => tagged(0x82, Buffer.from(host))),
  )
  return [
    extension('2.5.29.14', tagged(0x04, keyId)),
    extension('2.5.29.19', sequence(...(isCa ? [tagged(0x01, Buffer.of(0xff))] : []))),
    ...(isCa ? [] : [extension('2.5.29.17', names)]),
  ]
}

function extension(oid: string, value: Buffer): Buffer {
  return sequence(objectId(oid), tagged(0x04, value))
}

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'))

function commonName(name: string): Buffer {
  return sequence(tagged(0x31, sequence(objectId('2.5.4.3'), tagged(0x0c, Buffer.from(name)))))
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return tagged(0x18, Buffer.from(digits))
}

function integer(value: Buffer): Buffer {
  return tagged(0x02, value)
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts)
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const length = content.length
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...head]), content])
}

function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const base128 = (value: number): number[] =>
    value < 0x80 ? [value] : [...base128(value >> 7).map((byte) => byte | 0x80), value & 0x7f]
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}
