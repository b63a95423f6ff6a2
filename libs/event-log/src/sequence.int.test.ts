import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import { given, sequenceAll } from '../test/given.ts'
import { openTransaction } from '../test/open-transaction.ts'
import { runSchedule, schedules, type Violation } from '../test/schedule.ts'
import { belowXminById, belowXminByXid, lateXid, naiveReader, sequencer, xmaxBounded } from '../test/subjects.ts'
import { sequence, type Session } from './index.ts'
import { isConstraintViolation } from './postgres-error.ts'

const soak = process.env['PLIMSOLL_SOAK'] === '1'
const seed = soak ? Date.now() : 20_261_123
const text = await readFile(join(import.meta.dirname, '..', 'migrations', '0017-sequence-log.sql'), 'utf8')

type Open = ReturnType<typeof sequencer>

type Outcome = Violation | 'refused'

/** Runs interleavings until one makes the subject do what is wanted, or anything wrong; what it did, or undefined if nothing. */
async function firstViolation(open: Open, runs: number, wanted?: Violation): Promise<readonly Outcome[] | undefined> {
  await using log = await freshLog()
  await using subject = await open(log)
  let found: readonly Outcome[] | undefined
  const property = fc.asyncProperty(schedules, async (steps) => {
    const violations = await runSchedule(log, subject, steps).catch(refusal)
    found = [...violations].filter(
      (violation) => wanted === undefined || violation === wanted || violation === 'refused',
    )
    return found.length === 0
  })
  const { failed, errorInstance } = await fc.check(property, { seed, numRuns: runs, endOnFailure: true })
  if (found !== undefined && found.length > 0) return found
  if (failed) throw errorInstance
  return undefined
}

/** What the subject did so wrong that a constraint refused it: an alarm, where a row would be missing or twice. */
function refusal(error: unknown): ReadonlySet<Outcome> {
  if (isConstraintViolation(error)) return new Set(['refused'])
  throw error
}

function changed(...replacements: readonly [string, string][]): Open {
  let mutant = text.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION')
  for (const [from, to] of replacements) {
    if (!mutant.includes(from)) throw new Error(`the sequencer does not say ${from}`)
    mutant = mutant.replaceAll(from, to)
  }
  return sequencer(mutant)
}

test(
  'in any interleaving each committed event gets one position, after its causes, at the first tick that follows its commit',
  { timeout: soak ? 3_600_000 : 600_000 },
  async () => {
    expect(await firstViolation(sequencer(), soak ? 20_000 : 150), `seed ${seed}`).toBeUndefined()
  },
)

describe('a wrong way to order the log is caught', () => {
  const xip = 'e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(head.prev)))'
  const xmax = 'e.xid >= pg_snapshot_xmax(head.prev)'
  const mutants: readonly [string, Open, Violation][] = [
    ['by id alone', naiveReader, 'lost'],
    ['by id below the oldest running transaction', belowXminById, 'lost'],
    ['by transaction id, then id', belowXminByXid, 'inverted'],
    ['any reader below the oldest running transaction', belowXminByXid, 'stalled'],
    ['ids settled below xmax', xmaxBounded, 'lost'],
    ['ids settled below a transaction id that was given with the lock', lateXid, 'lost'],
    [
      'without the transactions that ran at the previous tick',
      changed([xip, 'false'], [xip.replace('head', 'h'), 'false']),
      'lost',
    ],
    [
      'without the transactions that began after the previous tick',
      changed([xmax, 'false'], [xmax.replace('head', 'h'), 'false']),
      'lost',
    ],
    [
      'late ones beyond xmax only',
      changed(
        [xmax, xmax.replace('>=', '>')],
        [xmax.replace('head', 'h'), xmax.replace('head', 'h').replace('>=', '>')],
      ),
      'lost',
    ],
    [
      'by transaction id within a tick',
      changed(['(ORDER BY v.id)', '(ORDER BY (SELECT xid FROM event x WHERE x.id = v.id), v.id)']),
      'inverted',
    ],
    ['late ones after fresh ones', changed(['(ORDER BY v.id)', '(ORDER BY v.id <= head.last_id, v.id)']), 'uncausal'],
    [
      'late ones up to a limit',
      changed(['AND e.id + 0 <= head.last_id),', 'AND e.id + 0 <= head.last_id LIMIT 1),']),
      'lost',
    ],
  ]
  test.for(mutants)('%s', { timeout: 600_000 }, async ([, open, kind]) => {
    const [found] = (await firstViolation(open, 2_000, kind)) ?? []
    expect([kind, 'refused']).toContain(found)
  })
})

test('a tick looks at what is new, not at all that came since a transaction began that is still open', async () => {
  await using log = await freshLog()
  const longOpen = await openTransaction(log)
  await longOpen.touch()
  for (let version = 0; version < 3_000; version += 100)
    await given(log, 'w', version, ...Array<string>(100).fill('Happened'))
  await sequenceAll(log)
  await given(log, 'w', 3_000, 'Happened')
  const looked = await log.db.transaction().execute(async (db) => {
    const before = await tuplesRead({ db })
    expect(await sequence({ db }, 100)).toBe(1)
    return (await tuplesRead({ db })) - before
  })
  await longOpen.commit()
  expect(looked).toBeGreaterThan(0)
  expect(looked).toBeLessThan(20)
})

/** How many rows of `event` this session looked at, as far as it has not reported them yet. */
async function tuplesRead({ db }: Session): Promise<number> {
  const { rows } = await sql<{ tuples: number }>`
    select seq_tup_read + idx_tup_fetch as tuples from pg_stat_xact_user_tables where relname = 'event'`.execute(db)
  return rows[0]?.tuples ?? 0
}
