import fc from 'fast-check'
import pg from 'pg'
import { append, type EventLog } from '../src/index.ts'
import { cause, event } from './given.ts'
import { openTransaction, type OpenTransaction } from './open-transaction.ts'

/** One step of several writers and one reader of the log, run one after the other: an interleaving that can be run again. */
export type Step =
  /** Takes a transaction id before anything is appended, as a transaction does that writes elsewhere first. */
  | { readonly kind: 'touch'; readonly writer: number }
  | { readonly kind: 'append'; readonly writer: number; readonly stream: number }
  | { readonly kind: 'commit'; readonly writer: number }
  | { readonly kind: 'abort'; readonly writer: number }
  /** The first half of a tick of a sequencer: its lock. */
  | { readonly kind: 'lock' }
  | { readonly kind: 'tick' }

/** What gives out the log in its order: a sequencer with its log, or a reader of the event table. */
export type Subject = {
  readonly lock: () => Promise<void>
  /** Ids of the events that it gives out next. */
  readonly tick: () => Promise<readonly number[]>
}

export type Violation = 'lost' | 'twice' | 'inverted' | 'uncausal' | 'stalled'

const WRITERS = 4
const STREAMS = 3

const writer = fc.nat({ max: WRITERS - 1 })
const stream = fc.nat({ max: STREAMS - 1 })

export const schedules: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('touch' as const), writer }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), writer, stream }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('commit' as const), writer }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('abort' as const), writer }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lock' as const) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('tick' as const) }) },
  ),
  { minLength: 8, maxLength: 40 },
)

type Appended = { readonly id: number; readonly stream: number; readonly version: number; readonly knows: number }

let runs = 0

/** Runs a schedule against a log and says what the subject did wrong. */
export async function runSchedule(
  log: EventLog,
  subject: Subject,
  steps: readonly Step[],
): Promise<ReadonlySet<Violation>> {
  const run = `run-${process.pid}-${runs++}`
  const open = new Map<number, OpenTransaction>()
  const pending = new Map<number, Appended[]>()
  const versions = new Map<number, number>()
  const locks = new Map<number, number>()
  const committed: Appended[] = []
  const given: number[] = []
  const violations = new Set<Violation>()

  const transactionOf = async (writer: number) => {
    const transaction = open.get(writer) ?? (await openTransaction(log))
    open.set(writer, transaction)
    return transaction
  }
  const end = async (writer: number, commit: boolean) => {
    await (commit ? open.get(writer)?.commit() : open.get(writer)?.abort())
    open.delete(writer)
    for (const appended of pending.get(writer) ?? []) {
      if (!commit) continue
      committed.push(appended)
      versions.set(appended.stream, appended.version)
    }
    pending.delete(writer)
    for (const [stream, holder] of locks) if (holder === writer) locks.delete(stream)
  }
  const appendTo = async (writer: number, stream: number) => {
    if ((locks.get(stream) ?? writer) !== writer) return
    const { tx } = await transactionOf(writer)
    const mine = pending.get(writer) ?? []
    const expectedVersion = mine.findLast((one) => one.stream === stream)?.version ?? versions.get(stream) ?? 0
    const knows = committed.length
    const { events } = await append(tx, {
      stream: `${run}-${stream}`,
      expectedVersion,
      events: [event('Happened')],
      cause: cause(),
    })
    pending.set(writer, [...mine, ...events.map(({ id, version }) => ({ id, stream, version, knows }))])
    locks.set(stream, writer)
  }
  const tick = async () => {
    given.push(...(await subject.tick()))
    const seen = new Set(given)
    if (!committed.every(({ id }) => seen.has(id))) violations.add('stalled')
  }

  const take = async (step: Step) => {
    if (step.kind === 'touch') await (await transactionOf(step.writer)).touch()
    else if (step.kind === 'append') await appendTo(step.writer, step.stream)
    else if (step.kind === 'commit' || step.kind === 'abort') await end(step.writer, step.kind === 'commit')
    else if (step.kind === 'lock') await subject.lock()
    else await tick()
  }

  try {
    for (const step of steps) await take(step)
    for (const writer of open.keys()) await end(writer, writer % 2 === 0)
    for (let last = 0; last < 3; last++) given.push(...(await subject.tick()))
  } finally {
    for (const transaction of open.values()) await transaction.abort()
  }
  for (const violation of judge(committed, given)) violations.add(violation)
  return violations
}

function* judge(committed: readonly Appended[], given: readonly number[]): Generator<Violation> {
  if (new Set(given).size !== given.length) yield 'twice'
  const rank = new Map(given.map((id, index) => [id, index]))
  if (!committed.every(({ id }) => rank.has(id))) yield 'lost'
  const rankOf = ({ id }: Appended) => rank.get(id) ?? Infinity
  for (const [index, cause] of committed.entries()) {
    for (const effect of committed) {
      if (rankOf(cause) <= rankOf(effect)) continue
      if (effect.stream === cause.stream && effect.version > cause.version) yield 'inverted'
      if (effect.knows > index) yield 'uncausal'
    }
  }
}

/** A connection for statements of a subject that must stay in one transaction. */
export async function openConnection(log: EventLog): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: log.url })
  client.on('error', () => {})
  await client.connect()
  return client
}
