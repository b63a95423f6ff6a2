import type { ServiceAccount } from '@plimsoll/domain'
import { ClusterClosedError } from './connection-error.ts'
import { openSession } from './session.ts'
import type { Session } from './session.ts'
import type { ClusterAccess, ClusterEntry } from './kubeconfig.ts'
import { openCredentials } from './credentials.ts'
import type { Credentials } from './credentials.ts'
import { openPulse } from './pulse.ts'
import type { Pulse } from './pulse.ts'
import type { RefuseAddress } from './refused-address.ts'
import { openThrottle } from './throttle.ts'
import type { Throttle } from './throttle.ts'

/** The way to one API server: one HTTP/2 connection that all requests and watches share, opened again when it is lost. */
export type Connection = AsyncDisposable & {
  readonly server: URL
  /** As the kubeconfig names it. */
  readonly cluster: ClusterEntry
  readonly credentials: Credentials
  /** Who requests act as, where that is not the identity of the credentials. */
  readonly account?: ServiceAccount
  readonly throttle: Throttle
  readonly requestTimeoutMs: number
  readonly pulse: Pulse
  /** Which addresses are not connected to; undefined: any is. */
  readonly refuseAddress?: RefuseAddress | undefined
  /** Aborted, with a ClusterClosedError, once this process has closed the connection. */
  readonly closing: AbortSignal
  /** A live session with room for one more stream; the room is taken until the lease is disposed. */
  readonly lease: (signal?: AbortSignal) => Promise<SessionLease>
  /** How many requests and watches hold it now. */
  readonly leases: () => number
  /** Live connections now; more than one only while the server's limit of streams is reached. */
  readonly sockets: () => number
}

export type SessionLease = Disposable & { readonly session: Session }

export type ConnectionOptions = {
  readonly access: ClusterAccess
  readonly requestTimeoutMs: number
  readonly pingMs: number
  readonly refuseAddress?: RefuseAddress | undefined
}

export function openConnection({ access, requestTimeoutMs, pingMs, refuseAddress }: ConnectionOptions): Connection {
  const credentials = openCredentials(access)
  const abort = new AbortController()
  let sessions: Session[] = []
  let opening: Promise<Session> | undefined
  let leases = 0

  const open = async (): Promise<Session> => {
    const session = await openSession({ access, credentials, pingMs, refuseAddress, signal: abort.signal })
    sessions = [...sessions, session]
    void session.closed.then(() => {
      sessions = sessions.filter((other) => other !== session)
    })
    return session
  }

  const lease = async (signal?: AbortSignal): Promise<SessionLease> => {
    for (;;) {
      abort.signal.throwIfAborted()
      const session = sessions.find((candidate) => candidate.hasRoom())
      if (session) {
        session.enter()
        leases += 1
        return {
          session,
          [Symbol.dispose]: () => {
            leases -= 1
            session.leave()
          },
        }
      }
      opening ??= open().finally(() => {
        opening = undefined
      })
      await untilAborted(opening, signal)
    }
  }

  const pulse = openPulse(() => {
    for (const session of sessions) session.ping(pulse.beat)
  })
  return {
    server: new URL(access.cluster.server),
    cluster: access.cluster,
    refuseAddress,
    credentials,
    throttle: openThrottle(),
    requestTimeoutMs,
    pulse,
    closing: abort.signal,
    lease,
    leases: () => leases,
    sockets: () => sessions.length,
    [Symbol.asyncDispose]: async () => {
      abort.abort(new ClusterClosedError())
      const live = sessions
      await opening?.catch(() => undefined)
      await Promise.all([...live, ...sessions].map((session) => session.destroy()))
    },
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  return await Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort))
}
