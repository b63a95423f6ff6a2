import { createHash } from 'node:crypto'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import type pg from 'pg'

/**
 * How a statement begins that is sent often: it is parsed and planned once per connection. Others are not, as a statement
 * that was prepared before a migration may not be run after it.
 */
export const HOT = '/* hot */'

/** A pool whose connections prepare the statements that begin with `HOT`. */
export function preparingPool(pool: pg.Pool): PostgresPool {
  const wrapped = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect()
      const known = wrapped.get(client) ?? wrap(client)
      wrapped.set(client, known)
      return known
    },
    end: () => pool.end(),
  }
}

function wrap(client: pg.PoolClient): PostgresPoolClient {
  const query = (text: string, values: unknown[]) =>
    client.query(text.startsWith(HOT) ? { name: nameOf(text), text, values } : { text, values })
  // Kysely also knows how to query a cursor, which nobody here does.
  return { query: query as unknown as PostgresPoolClient['query'], release: (error) => client.release(error) }
}

const names = new Map<string, string>()

function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = createHash('sha256').update(text).digest('hex').slice(0, 32)
  names.set(text, name)
  return name
}
