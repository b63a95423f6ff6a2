import { Agent, request, type RequestOptions } from 'node:https'
import type { IncomingMessage } from 'node:http'

/** How to reach an API server: its address, the certificates that it is known by (PEM), a bearer token. */
export type ApiAccess = { readonly server: string; readonly ca: string; readonly token: string }

export type ApiObject = {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

export type ApiAnswer = { readonly status: number; readonly body: unknown }

export type WatchEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: unknown
}

/** A few lines of HTTP for the pod stand-in and for tests: the product's own client is `@plimsoll/kubernetes`. */
export type Api = Disposable & {
  /** One request; an answer of any status is a result. Rejects only when there was none. */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<ApiAnswer>
  /** The events of a watch, until the server or the signal ends it. */
  watch(path: string, signal?: AbortSignal): AsyncIterable<WatchEvent>
}

export function openApi({ server, ca, token }: ApiAccess): Api {
  const { hostname, port } = new URL(server)
  const agent = new Agent({ keepAlive: true, ca })
  const base = {
    host: hostname,
    port,
    agent,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
  }
  return {
    async request(method, path, body, contentType = 'application/json') {
      const data = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
      // Node sends no length of its own with the body of a DELETE, and the server then ignores that body.
      const extra = data && { 'content-type': contentType, 'content-length': data.length }
      const answer = await send({ ...base, method, path, headers: { ...base.headers, ...extra } }, data)
      const text = (await Array.fromAsync(answer.setEncoding('utf8') as AsyncIterable<string>)).join('')
      return { status: answer.statusCode ?? 0, body: parse(text) }
    },
    async *watch(path, signal) {
      const answer = await send({ ...base, method: 'GET', path, ...(signal && { signal }) })
      if (answer.statusCode !== 200) {
        answer.resume()
        throw new Error(`watch ${path}: HTTP ${answer.statusCode}`)
      }
      yield* lines(answer.setEncoding('utf8') as AsyncIterable<string>)
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

function send(options: RequestOptions, data?: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(options, resolve).once('error', reject).end(data)
  })
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

async function* lines(chunks: AsyncIterable<string>): AsyncIterable<WatchEvent> {
  let rest = ''
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) if (part) yield JSON.parse(part) as WatchEvent
  }
}
