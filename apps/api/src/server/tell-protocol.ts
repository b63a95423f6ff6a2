import type { Duplex } from 'node:stream'

/** What the first bytes of a connection without TLS look like when it speaks HTTP/2. */
const preface = Buffer.from('PRI')

/**
 * Looks at the first bytes of a connection, puts them back, and tells what it speaks, as soon as that is sure. The bytes are
 * read, not listened to: a `data` listener would lose them for HTTP/2.
 */
export function tellProtocol(socket: Duplex, tell: (protocol: 'h1' | 'h2') => void): void {
  let seen = Buffer.alloc(0)
  const look = (): void => {
    const bytes = socket.read() as Buffer | null
    if (bytes !== null) seen = Buffer.concat([seen, bytes])
    const isPreface = seen.subarray(0, preface.length).equals(preface.subarray(0, seen.length))
    if (seen.length === 0 || (isPreface && seen.length < preface.length)) {
      socket.once('readable', look)
      return
    }
    socket.unshift(seen)
    tell(isPreface ? 'h2' : 'h1')
  }
  socket.once('readable', look)
}
