import { parseJson } from '@plimsoll/domain'
import type { Cluster } from './cluster.ts'
import { KubernetesError } from './kubernetes-error.ts'
import { request } from './request.ts'

export type ServiceAccountToken = {
  readonly token: string
  /** When the API server stops to take it. It may choose another time than was asked for. */
  readonly expiresAt: Date
}

/** No API server gives a token for less. */
const shortestSeconds = 600

/**
 * A token by which the bearer is that service account and nobody else, made by the API server for this once and kept
 * nowhere. It lasts `lifetimeMs`, and at least ten minutes. Throws KubernetesError: `not-found` when there is no such account,
 * `forbidden` when the connection's own identity may not ask for it.
 */
export async function requestToken(
  { connection }: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { lifetimeMs, signal }: { readonly lifetimeMs: number; readonly signal?: AbortSignal | undefined },
): Promise<ServiceAccountToken> {
  const expirationSeconds = Math.max(shortestSeconds, Math.ceil(lifetimeMs / 1_000))
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name }
  const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds } }
  const { body } = await request(connection, {
    method: 'POST',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`,
    body: JSON.stringify(asked),
    ref,
    signal,
  })
  const { status } = parseJson(body) as { readonly status?: { token?: string; expirationTimestamp?: string } }
  const { token = '', expirationTimestamp = '' } = status ?? {}
  const expiresAt = new Date(expirationTimestamp)
  if (token !== '' && !Number.isNaN(expiresAt.getTime())) return { token, expiresAt }
  const message = 'the API server answered a request for a token without one'
  throw new KubernetesError({ kind: 'bad-answer', message, retryable: true, ref })
}
