import type { GitHttpRequest, GitHttpResponse } from 'isomorphic-git'
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici'
import { cappedBody } from './capped-body.ts'
import { otherFormat } from './classify.ts'
import { httpFailure, httpRefusal } from './http-failure.ts'
import type { ParsedUrl } from './parse-remote-url.ts'
import { followRedirect } from './redirect.ts'
import { basicAuthorization, SourceError } from './source-error.ts'
import type { Transport, TransportContext } from './transport.ts'

const silenceMs = 30_000
const connectMs = 10_000
const maxRedirects = 3

/**
 * Speaks to one origin over undici. The credential goes there and nowhere else; a redirect is followed only within the
 * origin, or from http to https of the same host.
 */
export function openHttpTransport(
  context: TransportContext,
  { url, username }: Extract<ParsedUrl, { transport: 'http' }>,
): Transport {
  const { remote } = context
  const dispatcher = openDispatcher(context)
  const authorization = basicAuthorization(remote.credentials, username)
  const fail = (error: unknown) => context.fail(httpFailure(context, error))
  // The POST follows where the GET was led, as Git does.
  let base = new URL(url)

  const send = async (method: string, target: URL, { headers, body }: GitHttpRequest) =>
    request(target, {
      dispatcher,
      method: method === 'POST' ? 'POST' : 'GET',
      headers: { ...headers, 'user-agent': 'git/2 plimsoll', ...(authorization && { authorization }) },
      body: body === undefined ? null : await collect(body),
      signal: context.signal,
    })

  const respond = async (asked: GitHttpRequest): Promise<GitHttpResponse> => {
    const suffix = asked.url.slice(url.length)
    for (let redirects = 0; ; redirects++) {
      const target = new URL(base.href.replace(/\/+$/, '') + suffix)
      const response = await send(asked.method ?? 'GET', target, asked)
      const location = redirectOf(response)
      if (location === undefined) return accept(context, asked, response, fail)
      await response.body.dump()
      if (redirects === maxRedirects || asked.method === 'POST') throw tooManyRedirects(context)
      base = followRedirect(remote, target, location, suffix)
    }
  }

  return {
    url,
    protocolVersion: 2,
    http: {
      request: async (asked) => {
        try {
          return await respond(asked)
        } catch (error) {
          throw fail(error)
        }
      },
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  }
}

function openDispatcher({ remote }: TransportContext): Dispatcher {
  const tls = remote.ca === undefined ? {} : { ca: remote.ca }
  const options = {
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    // With more the second request opens a second connection instead of waiting a moment for the first.
    connections: 1,
  }
  if (remote.proxy === undefined) return new Agent({ ...options, connect: { ...tls, timeout: connectMs } })
  return new ProxyAgent({ ...options, uri: remote.proxy, requestTls: { ...tls, timeout: connectMs } })
}

async function accept(
  context: TransportContext,
  asked: GitHttpRequest,
  response: Dispatcher.ResponseData,
  fail: (error: unknown) => Error,
): Promise<GitHttpResponse> {
  if (response.statusCode !== 200) throw await httpRefusal(context.remote, response)
  const body = cappedBody(context.remote, context.limits.maxBytes, response.body, fail)
  return {
    url: asked.url,
    method: asked.method,
    statusCode: response.statusCode,
    statusMessage: 'OK',
    headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
    // isomorphic-git stops reading early; only a connection that was read to its end carries the next request.
    body: asked.method === 'POST' ? body : once(await readAdvertisement(context, body)),
  }
}

function tooManyRedirects({ remote }: TransportContext): SourceError {
  return new SourceError(remote, 'protocol', {
    because: 'the server sends the request from one address to the next',
    remedy: 'register the final URL',
  })
}

function redirectOf({ statusCode, headers }: Dispatcher.ResponseData): string | undefined {
  const location = headers['location']
  if (![301, 302, 303, 307, 308].includes(statusCode) || typeof location !== 'string') return undefined
  return location
}

async function collect(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function readAdvertisement({ remote }: TransportContext, body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const bytes = await collect(body)
  // Asked for refs in the wrong format, the server just falls silent.
  if (bytes.includes('object-format=sha256')) throw otherFormat(remote)
  return bytes
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
