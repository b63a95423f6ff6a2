import type { ClientHttp2Session } from 'node:http2'
import { connectionError } from './connection-error.ts'
import { dial } from './dial.ts'
import type { DialOptions } from './dial.ts'

/** One HTTP/2 connection. Streams are counted, as Node would queue what exceeds the server's limit behind the watches. */
export type Session = {
  readonly http2: ClientHttp2Session
  readonly hasRoom: () => boolean
  readonly enter: () => void
  readonly leave: () => void
  readonly closed: Promise<void>
  /** Asks for a sign of life, unless one is asked for already. */
  readonly ping: (answered: () => void) => void
  readonly destroy: () => Promise<void>
}

export type SessionOptions = DialOptions & { readonly pingMs: number }

const connectionWindow = 64 * 1024 * 1024

export async function openSession(options: SessionOptions): Promise<Session> {
  const { access, pingMs } = options
  const http2 = await dial(options).catch((error: unknown) => {
    throw connectionError(error, access.cluster.server)
  })
  http2.setLocalWindowSize(connectionWindow)
  const stopPinging = keepAlive(http2, pingMs)
  const closed = new Promise<void>((resolve) => {
    http2.once('close', () => {
      stopPinging()
      resolve()
    })
  })
  let streams = 0
  let isAsked = false
  return {
    http2,
    hasRoom: () => !http2.closed && !http2.destroyed && streams < limitOf(http2),
    enter: () => {
      streams += 1
    },
    leave: () => {
      streams -= 1
    },
    closed,
    ping: (answered) => {
      if (isAsked || http2.closed || http2.destroyed) return
      isAsked = true
      http2.ping((error) => {
        isAsked = false
        if (!error) answered()
      })
    },
    destroy: () => {
      http2.destroy()
      return closed
    },
  }
}

function limitOf(http2: ClientHttp2Session): number {
  return Math.max(1, Math.min(http2.remoteSettings.maxConcurrentStreams ?? 100, 1000))
}

/** Ends a connection whose other side went away without a word: two pings in a row without an answer between them. */
function keepAlive(http2: ClientHttp2Session, pingMs: number): () => void {
  let waiting = false
  const timer = setInterval(() => {
    if (http2.destroyed) return
    if (!waiting) {
      waiting = true
      http2.ping(() => {
        waiting = false
      })
      return
    }
    // A process that was busy or stopped has the answer still unread: let it in before judging.
    setImmediate(() => {
      if (waiting && !http2.destroyed) http2.destroy(new Error('the server no longer answers pings'))
    })
  }, pingMs)
  timer.unref()
  return () => clearInterval(timer)
}
