import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export type Served = AsyncDisposable & {
  readonly port: number
  /** What is answered, by path; a function answers itself. */
  readonly answers: Map<string, Uint8Array | string | RequestListener>
  /** The paths that were asked for, in their order. */
  readonly asked: string[]
}

/** A real HTTP server on a loopback port that answers what it is given. */
export async function serve(tls?: { readonly cert: string; readonly key: string }): Promise<Served> {
  const answers: Served['answers'] = new Map()
  const asked: string[] = []
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const answer = answers.get(path)
    if (typeof answer === 'function') answer(request, response)
    else if (answer === undefined) response.writeHead(404).end('not here')
    else response.end(answer)
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    answers,
    asked,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Adds packed charts, and the index that names them, to what is served. */
export function offerCharts({ answers }: Served, name: string, charts: ReadonlyMap<string, Uint8Array>): void {
  const entries = [...charts].map(([version, body]) => {
    const path = `/${name}-${version}.tgz`
    answers.set(path, body)
    return { apiVersion: 'v2', name, version, urls: [path.slice(1)], digest: sha256(body) }
  })
  answers.set('/index.yaml', JSON.stringify({ apiVersion: 'v1', entries: { [name]: entries } }))
}

/** Adds a chart to what is served, as a registry of container images has it. */
export function offerImage({ answers }: Served, repository: string, tag: string, chart: Uint8Array): void {
  const config = Buffer.from(JSON.stringify({ name: 'x', version: tag, apiVersion: 'v2' }))
  const described = (mediaType: string, body: Uint8Array) => ({
    mediaType,
    digest: `sha256:${sha256(body)}`,
    size: body.length,
  })
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: described('application/vnd.cncf.helm.config.v1+json', config),
      layers: [described('application/vnd.cncf.helm.chart.content.v1.tar+gzip', chart)],
    }),
  )
  const digest = `sha256:${sha256(manifest)}`
  for (const reference of [tag, digest])
    answers.set(`/v2/${repository}/manifests/${reference}`, (request, response) => {
      response.writeHead(200, {
        'content-type': mediaType,
        'content-length': manifest.length,
        'docker-content-digest': digest,
      })
      response.end(request.method === 'HEAD' ? undefined : manifest)
    })
  for (const body of [config, chart]) answers.set(`/v2/${repository}/blobs/sha256:${sha256(body)}`, body)
  answers.set(`/v2/${repository}/tags/list`, JSON.stringify({ name: repository, tags: [tag] }))
}

function sha256(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}
