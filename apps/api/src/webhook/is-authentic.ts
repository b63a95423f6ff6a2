import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether the body was sent by someone who knows the secret: GitHub (X-Hub-Signature-256), Gitea (X-Gitea-Signature) and
 * their kin sign it, GitLab (X-Gitlab-Token) sends the secret itself. Compared in constant time.
 */
export function isAuthentic(headers: IncomingHttpHeaders, body: Uint8Array, secret: string): boolean {
  const hub = headers['x-hub-signature-256']
  if (typeof hub === 'string') return equal(hub, `sha256=${hmac(body, secret)}`)
  const gitea = headers['x-gitea-signature']
  if (typeof gitea === 'string') return equal(gitea, hmac(body, secret))
  const gitlab = headers['x-gitlab-token']
  return typeof gitlab === 'string' && equal(gitlab, secret)
}

function hmac(body: Uint8Array, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

/** Hashed first, so that texts of any length take the same time. */
function equal(given: string, wanted: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
