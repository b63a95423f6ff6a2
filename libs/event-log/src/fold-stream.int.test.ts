import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import { append } from './append.ts'
import { foldStream } from './fold-stream.ts'
import { openEventLog } from './event-log.ts'

const types = {
  initial: [] as readonly string[],
  evolve: (seen: readonly string[], type: string) => [...seen, type],
  decode: ({ type }: { readonly type: string }) => type,
}
const cause = () => ({ commandId: randomUUID(), actor: 'test' })

test('a stream that was folded before is folded on from there, also by what others appended', async () => {
  await using log = await freshLog()
  await using other = openEventLog({ url: log.url })
  expect(await foldStream(log, 'cluster-a', types)).toMatchObject({ state: [], version: 0 })
  await append(log, { stream: 'cluster-a', expectedVersion: 0, events: [event('A')], cause: cause() })
  expect(await foldStream(log, 'cluster-a', types)).toMatchObject({ state: ['A'], version: 1 })
  await append(other, { stream: 'cluster-a', expectedVersion: 1, events: [event('B'), event('C')], cause: cause() })
  const folded = await foldStream(log, 'cluster-a', types)
  expect(folded).toMatchObject({ state: ['A', 'B', 'C'], version: 3, last: { type: 'C' } })
  expect(await foldStream(log, 'cluster-a', types)).toEqual(folded)
})

test('two folds of one stream do not meet', async () => {
  await using log = await freshLog()
  await append(log, { stream: 'cluster-a', expectedVersion: 0, events: [event('A')], cause: cause() })
  await foldStream(log, 'cluster-a', types)
  const count = { initial: 0, evolve: (seen: number) => seen + 1, decode: () => '' }
  expect(await foldStream(log, 'cluster-a', count)).toMatchObject({ state: 1 })
  expect(await foldStream(log, 'cluster-a', types)).toMatchObject({ state: ['A'] })
})

test('a stream that a restored database has another history of is folded anew', async () => {
  await using log = await freshLog()
  await append(log, { stream: 'cluster-a', expectedVersion: 0, events: [event('A')], cause: cause() })
  await foldStream(log, 'cluster-a', types)
  await log.db.transaction().execute(async (tx) => {
    // As a restore would leave it: the stream's history is another one.
    await sql`set local session_replication_role = replica`.execute(tx)
    await sql`update event set event_id = ${randomUUID()}, type = 'Z' where stream = 'cluster-a'`.execute(tx)
  })
  expect(await foldStream(log, 'cluster-a', types)).toMatchObject({ state: ['Z'], version: 1 })
})

function event(type: string) {
  return { type, schemaVersion: 1, data: {} }
}
