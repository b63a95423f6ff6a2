import type { HttpClient } from 'isomorphic-git'
import type { Remote } from './remote.ts'
import type { SourceError } from './source-error.ts'

/** A way to one remote for the length of one operation, in the shape that isomorphic-git asks for. */
export type Transport = AsyncDisposable & {
  readonly http: HttpClient
  /** Always http(s): isomorphic-git knows no other. For SSH and files the host is only a name. */
  readonly url: string
  readonly protocolVersion: 1 | 2
}

export type TransportLimits = {
  /** Ends the whole operation, not only one silence. */
  readonly timeoutMs: number
  /** Cap on what one answer may hold, in bytes. */
  readonly maxBytes: number
}

/** What a transport needs to work and to fail well. */
export type TransportContext = {
  readonly remote: Remote
  readonly limits: TransportLimits
  readonly signal: AbortSignal
  readonly fail: (error: SourceError) => Error
}
