import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import { cause, event, sequenceAll } from '../test/given.ts'
import { openTransaction } from '../test/open-transaction.ts'
import { random } from '../test/random.ts'
import { naiveReader } from '../test/subjects.ts'
import { append, ConcurrencyError, type EventLog, head, type PositionedEvent, readLog, sequence } from './index.ts'

const soak = process.env['PLIMSOLL_SOAK'] === '1'
const DURATION_MS = soak ? 120_000 : 6_000
const WRITERS = soak ? 24 : 12
const STREAMS = 9

type Acknowledged = Map<number, number>

/** Appends to random streams in transactions that dawdle, and sometimes abort, until the time is over. */
async function write(log: EventLog, seed: number, until: number, acknowledged: Acknowledged): Promise<void> {
  const next = random(seed)
  while (performance.now() < until) {
    const { tx, touch, commit, abort } = await openTransaction(log)
    try {
      if (next() < 0.3) await touch()
      if (next() < 0.5) await pause(next() * 20)
      const stream = `stream-${Math.floor(next() * STREAMS)}`
      const row = await tx.db.selectFrom('stream').select('version').where('id', '=', stream).executeTakeFirst()
      const events = Array.from({ length: 1 + Math.floor(next() * 3) }, () => event('Happened'))
      const appended = await append(tx, { stream, expectedVersion: row?.version ?? 0, events, cause: cause() })
      if (next() < 0.5) await pause(next() * 20)
      if (next() < 0.2) {
        await abort()
        continue
      }
      await commit()
      for (const { id } of appended.events) acknowledged.set(id, performance.now())
    } catch (error) {
      await abort()
      if (!(error instanceof ConcurrencyError)) throw error
    }
  }
}

/** Reads the log from its start on, as it grows, until told that it ended. */
async function tail(
  log: EventLog,
  signal: AbortSignal,
): Promise<{ events: PositionedEvent[]; seenAt: Map<number, number> }> {
  const events: PositionedEvent[] = []
  const seenAt = new Map<number, number>()
  for (;;) {
    const ended = signal.aborted
    const more = await readLog(log, { after: events.at(-1)?.position ?? 0, limit: 500 })
    for (const { id } of more) seenAt.set(id, performance.now())
    events.push(...more)
    if (more.length === 0 && ended) return { events, seenAt }
    if (more.length === 0) await pause(2)
  }
}

test(
  `${WRITERS} writers at once, with aborts and a transaction that never ends: every reader sees the same log, whole, in order and at once`,
  { timeout: DURATION_MS * 2 + 600_000 },
  async () => {
    await using database = await freshLog({ maxConnections: WRITERS + 12 })
    const log = database
    await using naive = await naiveReader(log)
    const acknowledged: Acknowledged = new Map()
    const ended = new AbortController()
    const until = performance.now() + DURATION_MS

    const longOpen = await openTransaction(log)
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(longOpen.tx.db)
    const [open] = (
      await append(longOpen.tx, {
        stream: 'long-open',
        expectedVersion: 0,
        events: [event('Happened')],
        cause: cause(),
      })
    ).events
    const readers = [tail(log, ended.signal), tail(log, ended.signal), tail(log, ended.signal)]
    const naivelySeen: number[] = []
    const controls = (async () => {
      while (!ended.signal.aborted) {
        naivelySeen.push(...(await naive.tick()))
        await pause(2)
      }
      naivelySeen.push(...(await naive.tick()))
    })()
    const sequencers = [1, 2].map(async () => {
      while (!ended.signal.aborted) if ((await sequence(log, 50)) === 0) await pause(2)
    })
    await Promise.all(Array.from({ length: WRITERS }, (_, index) => write(log, index, until, acknowledged)))
    const closedAt = performance.now()
    await longOpen.commit()
    await sequenceAll(log)
    ended.abort()
    const [first, ...others] = await Promise.all(readers)
    await Promise.all([...sequencers, controls])
    if (first === undefined || open === undefined) throw new Error('nobody read')

    const { position } = await head(log)
    const ids = first.events.map(({ id }) => id)
    expect(first.events.map((event) => event.position)).toEqual(
      Array.from({ length: position }, (_, index) => index + 1),
    )
    expect(ids.toSorted((a, b) => a - b)).toEqual([...acknowledged.keys(), open.id].toSorted((a, b) => a - b))
    expect(position).toBeGreaterThan(WRITERS)
    for (const other of others) expect(other.events.map(({ id }) => id)).toEqual(ids)

    const last = new Map<string, PositionedEvent>()
    for (const event of first.events) {
      const before = last.get(event.stream)
      expect(event).toMatchObject({ version: (before?.version ?? 0) + 1, previousInStream: before?.position ?? 0 })
      last.set(event.stream, event)
    }
    // At once, and not only when the transaction that was open all the while has ended.
    const inTime = [...acknowledged.keys()].filter((id) => (first.seenAt.get(id) ?? Infinity) < closedAt)
    expect(inTime.length).toBeGreaterThan(acknowledged.size / 2)
    expect(new Set(ids).size - new Set(naivelySeen).size).toBeGreaterThan(0)
  },
)
