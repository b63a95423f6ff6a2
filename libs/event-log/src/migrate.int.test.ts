import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase } from '@plimsoll/harness'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import { given } from '../test/given.ts'
import { type EventLog, migrate, NewerDatabaseError, openEventLog, readStream } from './index.ts'

const migrations = join(import.meta.dirname, '..', 'migrations')

/** The migrations of this version and one more, as a later version has them. */
async function newerMigrations(text: string): Promise<{ readonly folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-migrations-'))
  await cp(migrations, folder, { recursive: true })
  await writeFile(join(folder, '9000-newer.sql'), text)
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

async function applied(log: EventLog): Promise<number> {
  const { rows } = await sql`select from migration`.execute(log.db)
  return rows.length
}

test('many starters at once migrate an empty database once', async () => {
  await using database = await freshDatabase()
  const logs = Array.from({ length: 8 }, () => openEventLog({ url: database.url }))
  await Promise.all(logs.map((log) => migrate(log)))
  const [log] = logs
  if (log === undefined) return
  expect(await applied(log)).toBe((await readdir(migrations)).length)
  await given(log, 'w', 0, 'Created')
  for (const log of logs) await log[Symbol.asyncDispose]()
})

test('a later version adds what lacks and keeps what is there', async () => {
  await using log = await freshLog()
  await given(log, 'w', 0, 'Created')
  await using newer = await newerMigrations('create table added (id integer);')
  await migrate(log, newer.folder)
  await sql`insert into added values (1)`.execute(log.db)
  expect(await readStream(log, 'w')).toHaveLength(1)
})

test('a migration that fails leaves the database as it was', async () => {
  await using log = await freshLog()
  const before = await applied(log)
  await using newer = await newerMigrations('create table added (id integer); select 1 / 0;')
  await expect(migrate(log, newer.folder)).rejects.toThrow('division by zero')
  expect(await applied(log)).toBe(before)
  await expect(sql`select from added`.execute(log.db)).rejects.toThrow('does not exist')
})

test('a database that a newer version migrated is refused, with what to do', async () => {
  await using log = await freshLog()
  await using newer = await newerMigrations('create table added (id integer);')
  await migrate(log, newer.folder)
  const error = await migrate(log).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(NewerDatabaseError)
  expect(String(error)).toContain('9000-newer.sql')
})

test('a migration that was applied in another wording is refused', async () => {
  await using log = await freshLog()
  await using newer = await newerMigrations('create table added (id integer);')
  await migrate(log, newer.folder)
  await writeFile(join(newer.folder, '9000-newer.sql'), 'create table added (id bigint);')
  await expect(migrate(log, newer.folder)).rejects.toThrow('another wording')
})
