import { X509Certificate } from 'node:crypto'
import type { ClusterCredential } from './given-access.ts'

/**
 * When a credential expires: the `exp` of a token that is a JWT, `notAfter` of a client certificate, the first of a chain. null
 * of one that does not tell. Nothing of it is checked: the API server does that.
 */
export function credentialExpiry(credential: ClusterCredential): Date | null {
  return credential.type === 'token' ? tokenExpiry(credential.token) : certificateExpiry(credential.certificate)
}

function tokenExpiry(token: string): Date | null {
  const [, claims, signature] = token.split('.')
  if (claims === undefined || signature === undefined) return null
  try {
    const said = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { readonly exp?: unknown } | null
    return instant(Number(said?.exp ?? Number.NaN) * 1_000)
  } catch {
    return null
  }
}

function certificateExpiry(pem: string): Date | null {
  try {
    return instant(new X509Certificate(pem).validToDate.getTime())
  } catch {
    return null
  }
}

function instant(ms: number): Date | null {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? null : date
}
