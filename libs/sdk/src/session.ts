import type { CallOptions as RpcOptions } from '@connectrpc/connect'
import type { Connection } from './connection/connection.ts'
import type { CallOptions, CommandOptions, Point } from './shapes/options.ts'

const kinds = ['workflow', 'repository', 'cluster'] as const
type Kind = (typeof kinds)[number]

/** What the verbs share: the connection, and what has to be seen of what they did. */
export type Session = {
  readonly connection: Connection
  /** Keeps the token that an answer brought: whoever asks through this client sees its effect. */
  readonly remember: (token: string) => void
  /** The newest token of a stream; empty if there is none. */
  readonly tokenOf: (stream: string) => string
  /** The newest token of any stream of a kind. */
  readonly newest: (kind: Kind) => string
}

export function openSession(connection: Connection): Session {
  const versions = new Map<string, number>()
  const newest: Record<Kind, string> = { workflow: '', repository: '', cluster: '' }
  return {
    connection,
    remember(token) {
      const [, stream = '', version = '0'] = /^(.+)@(\d+)$/.exec(token) ?? []
      if (Number(version) <= (versions.get(stream) ?? 0)) return
      versions.set(stream, Number(version))
      for (const kind of kinds) if (stream.startsWith(`${kind}-`)) newest[kind] = token
    },
    tokenOf(stream) {
      const version = versions.get(stream)
      return version === undefined ? '' : `${stream}@${version}`
    },
    newest: (kind) => newest[kind],
  }
}

/** How long an answer is waited for unless the caller says otherwise, in milliseconds. */
export const shortMs = 30_000
/** The same for what reads a remote, renders and plans. */
export const planMs = 300_000

/** `defaultMs` left out: as long as it takes. */
export function rpcOptions({ signal, timeoutMs }: CallOptions, defaultMs?: number): RpcOptions {
  const ms = timeoutMs ?? defaultMs
  return { ...(signal && { signal }), ...(ms !== undefined && { timeoutMs: ms }) }
}

/** What the log is to know of a command. */
export function whyOf({ reason, command_id: commandId }: CommandOptions): { reason?: string; commandId?: string } {
  return { ...(reason !== undefined && { reason }), ...(commandId !== undefined && { commandId }) }
}

/** A point as the api reads it. */
export function pointText(point: Point): string {
  if (point instanceof Date) return `@${point.toISOString()}`
  return typeof point === 'number' ? `@${point}` : point
}
