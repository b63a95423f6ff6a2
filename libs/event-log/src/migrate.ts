import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { NewerDatabaseError } from './errors.ts'
import type { EventLog } from './event-log.ts'

type Migration = { readonly number: number; readonly name: string; readonly text: string; readonly checksum: string }

const folder = join(import.meta.dirname, '..', 'migrations')
const LOCK = 7_415_467_665

/**
 * Brings the database's tables up to this version of Plimsoll: forward only, all or nothing, and safe when many start at once.
 *
 * @throws NewerDatabaseError when a newer Plimsoll migrated it
 */
export async function migrate(log: EventLog, from: string = folder): Promise<void> {
  const migrations = await readMigrations(from)
  // A connection of its own: waiting for another starter may take longer than a statement's time-out.
  const client = new pg.Client({
    connectionString: log.url,
    application_name: 'plimsoll migrate',
    connectionTimeoutMillis: 10_000,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [LOCK])
    await apply(client, migrations)
    await client.query('commit')
  } finally {
    await client.end()
  }
}

async function readMigrations(from: string): Promise<readonly Migration[]> {
  const names = (await readdir(from)).filter((name) => /^\d{4}-.*\.sql$/.test(name)).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(from, name), 'utf8')
      return { number: Number(name.slice(0, 4)), name, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

async function apply(client: pg.Client, migrations: readonly Migration[]): Promise<void> {
  await client.query(`create table if not exists migration (
    number integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default clock_timestamp())`)
  const { rows } = await client.query<Migration>('select number, name, checksum from migration order by number')
  const known = new Map(migrations.map((migration) => [migration.number, migration]))
  for (const { number, name, checksum } of rows) {
    const ours = known.get(number)
    if (ours === undefined) throw new NewerDatabaseError(newer(name, migrations))
    if (ours.checksum !== checksum)
      throw new Error(`migration ${name} was applied in another wording than the one of this Plimsoll`)
  }
  const applied = new Set(rows.map(({ number }) => number))
  for (const { number, name, text, checksum } of migrations.filter((migration) => !applied.has(migration.number))) {
    await client.query(text)
    await client.query('insert into migration (number, name, checksum) values ($1, $2, $3)', [number, name, checksum])
  }
}

function newer(name: string, migrations: readonly Migration[]): string {
  const last = migrations.at(-1)?.name ?? 'none'
  return `a newer Plimsoll migrated this database (${name}; this one knows up to ${last}): start that version, or restore a backup`
}
