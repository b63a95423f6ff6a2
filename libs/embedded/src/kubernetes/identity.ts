import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { keptSecret } from '../process/kept-secret.ts'

/** What a control plane knows its users and service accounts by; made once and kept in files with mode 0600. */
export type Identity = {
  readonly tokenFile: string
  readonly serviceAccountKey: string
  readonly serviceAccountPublicKey: string
  /** User name to bearer token: `admin` may do everything, `unprivileged` nothing. */
  readonly tokens: Readonly<Record<'admin' | 'unprivileged', string>>
}

/** Makes, or finds again, the keys and tokens in a folder. */
export function keptIdentity(folder: string): Identity {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const tokenFile = join(folder, 'tokens.csv')
  const rows = keptSecret(tokenFile, makeTokens)
  const serviceAccountKey = join(folder, 'service-account.key')
  const serviceAccountPublicKey = join(folder, 'service-account.pub')
  keptSecret(serviceAccountKey, () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    // The public half first: a kill in between makes both anew.
    rmSync(serviceAccountPublicKey, { force: true })
    keptSecret(serviceAccountPublicKey, () => publicKey)
    return privateKey
  })
  const tokens = { admin: tokenOf(rows, 'admin'), unprivileged: tokenOf(rows, 'unprivileged') }
  return { tokenFile, serviceAccountKey, serviceAccountPublicKey, tokens }
}

/** The apiserver makes a certificate for one year: one that ends within a month is removed, so that it makes another. */
export function dropEndingCertificate(folder: string): void {
  const file = join(folder, 'apiserver.crt')
  const days = daysLeft(file)
  if (days === undefined || days > 30) return
  rmSync(file, { force: true })
  rmSync(join(folder, 'apiserver.key'), { force: true })
}

function daysLeft(file: string): number | undefined {
  try {
    return (new X509Certificate(readFileSync(file)).validToDate.getTime() - Date.now()) / 86_400_000
  } catch {
    return undefined
  }
}

function makeTokens(): string {
  const token = () => randomBytes(24).toString('base64url')
  return `${token()},admin,admin,"system:masters"\n${token()},unprivileged,unprivileged\n`
}

function tokenOf(rows: string, user: string): string {
  const row = rows.split('\n').find((line) => line.split(',')[1] === user)
  const token = row?.split(',')[0]
  if (!token) throw new Error(`tokens.csv holds no token for ${user}: remove the file to make it anew`)
  return token
}
