import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '@plimsoll/embedded'
import { append as appendEvents } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { openInstallation, startService } from '@plimsoll/e2e'
import { createLogger } from '@plimsoll/runtime'
import { openStores } from '@plimsoll/service'
import pg from 'pg'
import { median, ratioFigure } from './figure.ts'
import type { Figure } from './figure.ts'

const writers = 16
const roundMs = 4_000
const rounds = 3
// As large as a PlanMade of a real workflow.
const data = {
  revision: 'a1b2c3d4'.repeat(5),
  summary: { total_changes: 3 },
  images: Array.from({ length: 6 }, (_, index) => ({ name: `registry/x/y${index}`, digest: 'f'.repeat(64) })),
}

/** Durable appends of one event, with sequencer and relay running, against bare inserts of the same bytes into a plain table. */
export async function append(): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-bench-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const postgres = stack.use(await startPostgres({ folder }))
  const installation = stack.use(await openInstallation({ postgresUrl: postgres.url }))
  const { log } = stack.use(
    await openStores({
      ...installation,
      name: 'bench',
      maxConnections: writers,
      logger: createLogger({ name: 'bench', level: 'silent' }),
    }),
  )
  const pool = new pg.Pool({ connectionString: postgres.url, max: writers })
  pool.on('error', () => {})
  stack.defer(() => pool.end())
  await pool.query('create table plain (id bigint generated always as identity primary key, data jsonb not null)')

  const [bare, ours]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    bare.push(await perSecond(() => pool.query('insert into plain (data) values ($1)', [JSON.stringify(data)])))
    // As it is deployed: a process of its own, on the same cores.
    await using _ = await startService(installation, 'projection', { PLIMSOLL_LOG_LEVEL: 'info' })
    ours.push(await perSecond(appender(log)))
  }
  const [value, limit] = [median(ours), median(bare)]
  const clock = `${writers} writers for ${roundMs} ms: statement sent to commit confirmed`
  return [
    ratioFigure({ name: 'append', value, unit: 'events/s', limit, ratio: value / limit, aim: 0.5, n: rounds, clock }),
  ]
}

/** Appends to a stream of its own for each writer, as workflows do. */
function appender(log: EventLog): (writer: number) => Promise<unknown> {
  const versions = Array.from({ length: writers }, () => 0)
  const prefix = randomUUID()
  return async (writer) => {
    const events = [{ type: 'Benched', schemaVersion: 1, data }]
    const { version } = await appendEvents(log, {
      stream: `bench-${prefix}-${writer}`,
      expectedVersion: versions[writer] ?? 0,
      events,
      cause: { commandId: randomUUID(), actor: 'bench' },
    })
    versions[writer] = version
  }
}

async function perSecond(once: (writer: number) => Promise<unknown>): Promise<number> {
  const started = performance.now()
  let count = 0
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      while (performance.now() - started < roundMs) {
        await once(writer)
        count += 1
      }
    }),
  )
  return count / ((performance.now() - started) / 1_000)
}
