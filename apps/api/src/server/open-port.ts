import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'

export type RequestHandler = (
  request: http.IncomingMessage | http2.Http2ServerRequest,
  response: http.ServerResponse | http2.Http2ServerResponse,
) => void

export type OpenPort = AsyncDisposable & { readonly port: number }

/** What the first bytes of a connection without TLS look like when it speaks HTTP/2. */
const preface = Buffer.from('PRI')
const greetingMs = 10_000
const closingMs = 5_000
const limits = { headerBytes: 16 * 1024, streamsPerConnection: 200, connections: 1_000 }

/**
 * Listens on one port for HTTP/1.1 and for HTTP/2 without TLS, told apart by the first bytes. Disposing refuses new
 * connections, lets what runs come to its end for 5 s, and then cuts.
 */
export async function openPort(
  handler: RequestHandler,
  address: { readonly host: string; readonly port: number },
): Promise<OpenPort> {
  const h1 = http.createServer(
    { maxHeaderSize: limits.headerBytes, headersTimeout: greetingMs, requestTimeout: 60_000 },
    handler,
  )
  const h2 = http2.createServer(
    { settings: { maxConcurrentStreams: limits.streamsPerConnection, maxHeaderListSize: limits.headerBytes } },
    handler,
  )
  const sockets = new Set<net.Socket>()
  const sessions = new Set<http2.ServerHttp2Session>()
  h2.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    // A client that leaves in the middle is no fault of the server's.
    session.on('error', () => session.destroy())
  })
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    greet(socket, (protocol) => (protocol === 'h2' ? h2 : h1).emit('connection', socket))
  })
  server.maxConnections = limits.connections
  server.listen(address.port, address.host)
  await once(server, 'listening')
  return {
    port: (server.address() as net.AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const session of sessions) session.close()
      h1.closeIdleConnections()
      const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), closingMs)
      const idle = setInterval(() => h1.closeIdleConnections(), 50)
      await closed
      clearTimeout(cut)
      clearInterval(idle)
    },
  }
}

/** Looks at the first bytes and puts them back. They are read, not listened to: a `data` listener would lose them for HTTP/2. */
function greet(socket: net.Socket, next: (protocol: 'h1' | 'h2') => void): void {
  let seen = Buffer.alloc(0)
  socket.setTimeout(greetingMs, () => socket.destroy())
  const look = (): void => {
    const bytes = socket.read() as Buffer | null
    if (bytes !== null) seen = Buffer.concat([seen, bytes])
    const isPreface = seen.subarray(0, 3).equals(preface.subarray(0, seen.length))
    if (seen.length === 0 || (isPreface && seen.length < preface.length)) {
      socket.once('readable', look)
      return
    }
    socket.setTimeout(0)
    socket.removeAllListeners('timeout')
    socket.unshift(seen)
    next(isPreface ? 'h2' : 'h1')
  }
  socket.once('readable', look)
}
