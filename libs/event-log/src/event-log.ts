import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Database } from './database.ts'
import { preparingPool } from './preparing-pool.ts'
import { parseTimestamp } from './timestamp.ts'

/** Something that statements run on: the log itself, or a transaction of it. */
export type Session = { readonly db: Kysely<Database>; readonly hints?: Hints | undefined }

/** Told after a commit, so that whoever waits need not poll. A hint may be lost; nothing depends on it. */
export type Hints = {
  readonly onAppend?: () => void
  /** Work of a role became due. */
  readonly onWake?: (role: string) => void
}

export type EventLog = Session & AsyncDisposable & { readonly url: string }

export type EventLogOptions = {
  readonly url: string
  /** Default 10. */
  readonly maxConnections?: number
  /** Told of connections that broke while nobody used them; the next statement opens another. */
  readonly onError?: (error: Error) => void
  readonly hints?: Hints
}

const INT8 = 20
const TIMESTAMPTZ = 1184

/** Opens the log in a Postgres database. Nothing connects before the first statement, and a restart of Postgres is survived. */
export function openEventLog({ url, maxConnections = 10, onError = () => {}, hints }: EventLogOptions): EventLog {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    application_name: 'plimsoll',
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    // A process that stops in the middle of a transaction must not hold up everyone else.
    idle_in_transaction_session_timeout: 15_000,
    statement_timeout: 60_000,
    query_timeout: 75_000,
    types: { getTypeParser },
  })
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: preparingPool(pool) }) })
  return { db, url, hints, [Symbol.asyncDispose]: () => db.destroy() }
}

/** Positions, versions and ids are far below 2^53, so they are plain numbers. */
const getTypeParser = ((oid: number, format?: 'text') => {
  if (oid === INT8) return Number
  return oid === TIMESTAMPTZ ? parseTimestamp : pg.types.getTypeParser(oid, format)
}) as typeof pg.types.getTypeParser
