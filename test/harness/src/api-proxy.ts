import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import {
  connect,
  createSecureServer,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { createCertificate } from './certificate.ts'
import { testEnvironment } from './test-environment.ts'

/** One request that came through: `PATCH`, `/api/v1/namespaces/a/configmaps/b?dryRun=All`. */
export type ApiCall = { readonly method: string; readonly path: string; readonly at: number }

export type ApiProxy = AsyncDisposable & {
  /** Of the administrator; leads through the proxy. */
  readonly kubeconfig: string
  /** What came through since the last look, discovery left out. */
  readonly calls: () => readonly ApiCall[]
  /** Answers instead of the API server while it returns something; `undefined` lets all through again. */
  readonly intercept: (answer: ((call: ApiCall) => Intercepted | undefined) | undefined) => void
}

export type Intercepted = { readonly status: number; readonly headers?: IncomingHttpHeaders; readonly body?: object }

type Kubeconfig = {
  readonly clusters: [{ cluster: Record<string, string> }]
  readonly users: readonly object[]
}

/**
 * Puts an HTTP/2 proxy before the test cluster's API server that counts requests and can answer in its place. `port`: of another
 * proxy that leads there.
 */
export async function apiProxy({ port }: { readonly port?: number } = {}): Promise<ApiProxy> {
  const config = parse(await readFile(testEnvironment('PLIMSOLL_TEST_KUBECONFIG'), 'utf8')) as Kubeconfig
  const target = config.clusters[0].cluster
  const { server: url = '', 'certificate-authority-data': data = '' } = target
  const server = new URL(url)
  if (port !== undefined) server.port = String(port)
  const upstream = openUpstream(server, Buffer.from(data, 'base64'))
  let calls: ApiCall[] = []
  let intercept: Parameters<ApiProxy['intercept']>[0]

  const { cert, key } = createCertificate('proxy')
  const leaf = createCertificate('proxy-leaf', { issuer: { cert, key, name: 'proxy' } })
  const proxy = createSecureServer({ ...leaf, allowHTTP1: false })
  proxy.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const call = { method: headers[':method'] ?? '', path: headers[':path'] ?? '', at: performance.now() }
    if (!/^\/apis?(\?|$)/.test(call.path)) calls.push(call)
    const answer = intercept?.(call)
    if (answer === undefined) passOn(upstream.session(), stream, headers)
    else {
      stream.on('error', () => undefined)
      stream.respond({ ':status': answer.status, 'content-type': 'application/json', ...answer.headers })
      stream.end(JSON.stringify(answer.body ?? {}))
    }
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-proxy-'))
  const kubeconfig = join(folder, 'kubeconfig')
  config.clusters[0].cluster = {
    server: `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    'certificate-authority-data': Buffer.from(cert).toString('base64'),
  }
  await writeFile(kubeconfig, stringify(config), { mode: 0o600 })
  return {
    kubeconfig,
    calls: () => {
      const seen = calls
      calls = []
      return seen
    },
    intercept: (answer) => {
      intercept = answer
    },
    [Symbol.asyncDispose]: async () => {
      upstream.end()
      await new Promise<void>((resolve) => {
        proxy.close(() => resolve())
      })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The connection to the API server, which ends one that had nothing to do for 90 seconds. */
function openUpstream(server: URL, ca: Buffer) {
  let session: ClientHttp2Session | undefined
  return {
    session: () => {
      if (session !== undefined && !session.closed && !session.destroyed) return session
      session = connect(server, { ca })
      session.on('error', () => undefined)
      return session
    },
    end: () => session?.destroy(),
  }
}

function passOn(upstream: ClientHttp2Session, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const { ':authority': _authority, host: _host, ...rest } = headers
  const request = upstream.request(rest, { endStream: false })
  request.on('response', (answer) => {
    if (!stream.destroyed) stream.respond(answer)
  })
  for (const [from, to] of [
    [stream, request],
    [request, stream],
  ] as const) {
    from.on('error', () => to.destroy())
    from.on('aborted', () => to.destroy())
  }
  stream.pipe(request).pipe(stream)
}
