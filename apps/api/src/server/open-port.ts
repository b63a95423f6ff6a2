import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import { tellProtocol } from './tell-protocol.ts'

export type RequestHandler = (
  request: http.IncomingMessage | http2.Http2ServerRequest,
  response: http.ServerResponse | http2.Http2ServerResponse,
) => void

export type OpenPort = AsyncDisposable & { readonly port: number }

export type PortOptions = {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Within this time a connection has said what it speaks, and an HTTP/1.1 request has sent its headers. Default 10 s. */
  readonly greetingMs?: number
  /** What still runs this long after the end began is cut. Default 5 s. */
  readonly closingMs?: number
}

const limits = { headerBytes: 16 * 1024, streamsPerConnection: 200, connections: 1_000, requestMs: 60_000 }

/**
 * Listens on one port for HTTP/1.1 and for HTTP/2 without TLS, told apart by the first bytes. Disposing refuses new
 * connections, lets what runs come to its end, and then cuts.
 */
export async function openPort(handler: RequestHandler, options: PortOptions): Promise<OpenPort> {
  const { greetingMs = 10_000, closingMs = 5_000 } = options
  const h1 = openHttp1(handler, greetingMs)
  const h2 = openHttp2(handler)
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const timer = setTimeout(() => socket.destroy(), greetingMs)
    socket.once('close', () => clearTimeout(timer))
    tellProtocol(socket, (protocol) => {
      clearTimeout(timer)
      ;(protocol === 'h2' ? h2.server : h1).emit('connection', socket)
    })
  })
  server.maxConnections = limits.connections
  server.listen(options.port, options.host)
  await once(server, 'listening')
  return {
    port: (server.address() as net.AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const session of h2.sessions) session.close()
      const idle = setInterval(() => h1.closeIdleConnections(), 20)
      const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), closingMs)
      await closed
      clearTimeout(cut)
      clearInterval(idle)
      h1.close()
    },
  }
}

function openHttp1(handler: RequestHandler, greetingMs: number): http.Server {
  const times = {
    headersTimeout: greetingMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: greetingMs / 2,
  }
  const server = http.createServer({ maxHeaderSize: limits.headerBytes, ...times }, handler)
  // A server that is handed its connections never listens, and only this makes it look after their time-outs.
  server.emit('listening')
  return server
}

function openHttp2(handler: RequestHandler) {
  const settings = { maxConcurrentStreams: limits.streamsPerConnection, maxHeaderListSize: limits.headerBytes }
  const server = http2.createServer({ settings }, handler)
  const sessions = new Set<http2.ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    // A client that leaves in the middle is no fault of the server's.
    session.on('error', () => session.destroy())
  })
  return { server, sessions }
}
