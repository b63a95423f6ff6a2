import { readFileSync } from 'node:fs'
import { connect } from 'node:http2'
import type { ClientHttp2Session } from 'node:http2'
import { KubeConfig } from '@kubernetes/client-node'

/** The least that can apply: one HTTP/2 connection, no discovery, no checks, a fixed number of requests in flight. */
export type BareClient = Disposable & {
  /** Seconds for a server-side apply of all objects, some in flight at a time. Throws on any answer but a success. */
  readonly applyAll: (objects: readonly BareObject[], dryRun: boolean) => Promise<number>
}

export type BareObject = { readonly path: string; readonly body: string }

const inFlight = 16

export function bareClient(kubeconfig: string): BareClient {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()]
  if (!cluster || !user?.token) throw new Error(`${kubeconfig} names no cluster with a token`)
  const ca = cluster.caData ? Buffer.from(cluster.caData, 'base64') : readFileSync(cluster.caFile ?? '')
  const session = connect(cluster.server, { ca })
  return {
    applyAll: async (objects, dryRun) => {
      const started = performance.now()
      const queue = objects.values()
      await Promise.all(
        Array.from({ length: inFlight }, async () => {
          for (const object of queue) await patch(session, user.token ?? '', object, dryRun)
        }),
      )
      return (performance.now() - started) / 1_000
    },
    [Symbol.dispose]: () => session.close(),
  }
}

function patch(session: ClientHttp2Session, token: string, { path, body }: BareObject, dryRun: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = session.request({
      ':method': 'PATCH',
      ':path': `${path}?fieldManager=bare${dryRun ? '&dryRun=All' : ''}`,
      authorization: `Bearer ${token}`,
      'content-type': 'application/apply-patch+yaml',
    })
    request.on('response', (headers) => {
      if ((headers[':status'] ?? 0) >= 300) reject(new Error(`${path}: HTTP ${headers[':status']}`))
    })
    request.on('end', resolve)
    request.on('error', reject)
    request.resume()
    request.end(body)
  })
}
