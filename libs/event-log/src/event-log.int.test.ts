import { freshDatabase } from '@plimsoll/harness'
import { sql } from 'kysely'
import pg from 'pg'
import { expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import { gate } from '../test/gate.ts'
import { cause, event, given } from '../test/given.ts'
import { openLossyProxy } from '../test/lossy-proxy.ts'
import {
  append,
  claim,
  finish,
  isConnectionLost,
  migrate,
  openEventLog,
  readStream,
  runWork,
  wake,
  workOf,
} from './index.ts'

/** Ends every connection to the log's database, as a restart of the server does. */
async function breakConnections(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
  } finally {
    await client.end()
  }
}

test('nothing connects before the first statement, and a wrong address is an error of that statement', async () => {
  await using log = openEventLog({ url: 'postgres://nobody@127.0.0.1:1/none' })
  const error = await readStream(log, 'w').catch((error: unknown) => error)
  expect(isConnectionLost(error)).toBe(true)
})

test('broken idle connections are told and replaced', async () => {
  const errors: Error[] = []
  await using log = await freshLog({ onError: (error) => errors.push(error) })
  await given(log, 'w', 0, 'One')
  await breakConnections(log.url)
  await given(log, 'w', 1, 'Two')
  await expect.poll(() => errors.length).toBeGreaterThan(0)
  expect(await readStream(log, 'w')).toHaveLength(2)
})

test('a connection that breaks inside a transaction fails that transaction only', async () => {
  await using log = await freshLog()
  const failing = log.db.transaction().execute(async (db) => {
    await append({ db }, { stream: 'w', expectedVersion: 0, events: [event('Lost')], cause: cause() })
    await breakConnections(log.url)
    await readStream({ db }, 'w')
  })
  await expect(failing).rejects.toSatisfy(isConnectionLost)
  expect(await readStream(log, 'w')).toEqual([])
})

test('an append whose answer is lost is recorded once, and answered', async () => {
  await using database = await freshDatabase()
  await using proxy = await openLossyProxy(database.url)
  await using log = openEventLog({ url: proxy.url })
  await migrate(log)
  proxy.loseAnswerTo('append_events')
  const { version, events } = await given(log, 'w', 0, 'One', 'Two')
  expect(proxy.lost()).toBe(1)
  expect(version).toBe(2)
  expect(await readStream(log, 'w')).toEqual(events)
})

test('a finish whose answer is lost is done once, and answered', async () => {
  await using database = await freshDatabase()
  await using proxy = await openLossyProxy(database.url)
  await using log = openEventLog({ url: proxy.url })
  await migrate(log)
  await wake(log, 'role', [{ stream: 'w', version: 1 }])
  const [mine] = await claim(log, { role: 'role', owner: 'me', leaseMs: 60_000, limit: 1 })
  if (mine === undefined) throw new Error('nothing was claimed')
  proxy.loseAnswerTo('commit')
  await finish(log, mine, {
    done: 1,
    append: [{ stream: 'w', expectedVersion: 0, events: [event('Done')], cause: cause() }],
    wake: [{ role: 'next', stream: 'w', version: 1 }],
  })
  expect(proxy.lost()).toBe(1)
  expect(await readStream(log, 'w')).toHaveLength(1)
  expect(await workOf(log, 'role', 'w')).toMatchObject({ done: 1, claimed: false })
  expect(await workOf(log, 'next', 'w')).toMatchObject({ seen: 1 })
})

test('a worker goes on after its connections broke', async () => {
  await using log = await freshLog()
  const stop = new AbortController()
  const { opened, open } = gate()
  const worker = runWork({
    log,
    role: 'role',
    owner: 'me',
    leaseMs: 30_000,
    concurrency: 1,
    sweepMs: 20,
    signal: stop.signal,
    handler: async ({ stream, seen }) => {
      await opened
      return { done: seen, append: [{ stream, expectedVersion: 0, events: [event('Done')], cause: cause() }] }
    },
  })
  await wake(log, 'role', [{ stream: 'w', version: 1 }])
  await expect.poll(() => workOf(log, 'role', 'w')).toMatchObject({ claimed: true })
  await breakConnections(log.url)
  open()
  await expect.poll(() => readStream(log, 'w').catch(() => [])).toHaveLength(1)
  await expect.poll(() => workOf(log, 'role', 'w')).toMatchObject({ done: 1, attempts: 0 })
  stop.abort()
  await worker
})

test('a process that stops in mid-transaction does not hold its locks for long', async () => {
  await using log = await freshLog()
  const { rows } = await sql<{
    setting: string
  }>`select setting from pg_settings where name = 'idle_in_transaction_session_timeout'`.execute(log.db)
  expect(Number(rows[0]?.setting)).toBeGreaterThan(0)
})
