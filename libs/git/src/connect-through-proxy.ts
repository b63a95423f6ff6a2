import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { Remote } from './remote.ts'
import { SourceError } from './source-error.ts'

/** A connection to a host through the remote's HTTP proxy (CONNECT), or undefined when it has none. */
export async function connectThroughProxy(
  remote: Remote,
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket | undefined> {
  if (remote.proxy === undefined) return undefined
  const proxy = new URL(remote.proxy)
  const userinfo = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  const authorization = userinfo === ':' ? undefined : `Basic ${Buffer.from(userinfo).toString('base64')}`
  const connect = (proxy.protocol === 'https:' ? secureRequest : request)({
    host: proxy.hostname,
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    headers: authorization === undefined ? {} : { 'proxy-authorization': authorization },
    signal,
  })
  return new Promise((resolve, reject) => {
    const fail = (because: string) =>
      reject(new SourceError(remote, 'unreachable', { because, remedy: 'check the proxy and what it lets through' }))
    connect.on('connect', (response, socket: Socket, first) => {
      // An SSH server speaks first, and its greeting may come along with the proxy's answer.
      if (first.length > 0) socket.unshift(first)
      if (response.statusCode === 200) return resolve(socket)
      socket.destroy()
      fail(`the proxy refuses to connect to ${host}:${port} (${response.statusCode})`)
    })
    connect.on('response', (response) => fail(`the proxy answers ${response.statusCode} to CONNECT`))
    connect.on('error', (error) =>
      fail(`the proxy cannot be reached (${'code' in error ? String(error.code) : 'error'})`),
    )
    connect.end()
  })
}
