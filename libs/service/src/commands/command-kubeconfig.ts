import type { Endpoint } from '@plimsoll/kubernetes'

export type KubeconfigOptions = {
  readonly endpoint: Endpoint
  /** Where the API server is on the sandbox's own loopback. */
  readonly port: number
  readonly token: string
  readonly namespace: string
  /** Names the user in it. */
  readonly account: string
}

/** A kubeconfig for one command: the API server behind the sandbox's loopback, and one short-lived token. YAML is more than JSON. */
export function commandKubeconfig({ endpoint, port, token, namespace, account }: KubeconfigOptions): string {
  const path = endpoint.server.pathname.replace(/\/$/, '')
  const cluster = {
    server: `https://127.0.0.1:${port}${path}`,
    'tls-server-name': endpoint.serverName,
    ...(endpoint.authority !== undefined && { 'certificate-authority-data': btoa(endpoint.authority) }),
    ...(endpoint.anyCertificate && { 'insecure-skip-tls-verify': true, 'tls-server-name': undefined }),
  }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'destination', cluster }],
    users: [{ name: account, user: { token } }],
    contexts: [{ name: 'workflow', context: { cluster: 'destination', user: account, namespace } }],
    'current-context': 'workflow',
  })
}
