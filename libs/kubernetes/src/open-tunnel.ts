import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction, Socket } from 'node:net'

const tunnelTimeoutMs = 10_000

/** A connection to `host:port` through an HTTP proxy, by CONNECT. A user and password in the proxy's URL are sent to it. */
export function openTunnel(
  proxy: URL,
  target: URL,
  { signal, lookup }: { readonly signal: AbortSignal; readonly lookup?: LookupFunction | undefined },
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const authority = `${target.hostname}:${target.port || '443'}`
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  const open = proxy.protocol === 'https:' ? httpsRequest : httpRequest
  const request = open({
    hostname: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: authority,
    agent: false,
    timeout: tunnelTimeoutMs,
    signal,
    ...(lookup && { lookup }),
    headers: {
      host: authority,
      ...(proxy.username ? { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` } : {}),
    },
  })
  request.on('connect', ({ statusCode }, socket) => {
    if (statusCode === 200) return resolve(socket as Socket)
    socket.destroy()
    reject(new Error(`the proxy ${proxy.host} answered ${statusCode}`))
  })
  request.on('response', ({ statusCode }) => {
    request.destroy()
    reject(new Error(`the proxy ${proxy.host} answered ${statusCode}`))
  })
  request.on('timeout', () => request.destroy(new Error(`the proxy ${proxy.host} did not answer in time`)))
  request.on('error', reject)
  request.end()
  return promise
}
