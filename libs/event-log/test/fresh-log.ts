import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { type EventLog, type EventLogOptions, migrate, openEventLog } from '../src/index.ts'

/** An empty database of its own, dropped at the end. */
export async function freshDatabase(): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = process.env['PLIMSOLL_TEST_POSTGRES']
  if (server === undefined) throw new Error('PLIMSOLL_TEST_POSTGRES is not set: run the tests by `npm test`')
  const name = `event_log_${randomBytes(6).toString('hex')}`
  await onServer(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, [Symbol.asyncDispose]: () => onServer(server, `drop database ${name} with (force)`) }
}

/** A migrated log in a database of its own. */
export async function freshLog(options: Omit<EventLogOptions, 'url'> = {}): Promise<EventLog> {
  const database = await freshDatabase()
  const log = openEventLog({ ...options, url: database.url })
  await migrate(log)
  return {
    ...log,
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
