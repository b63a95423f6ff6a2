import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../../test/fresh-log.ts'
import { cause, event } from '../../test/given.ts'
import {
  append,
  BlobCorruptError,
  BlobMissingError,
  collectBlobs,
  type EventLog,
  getBlob,
  getBlobs,
  putBlob,
  putBlobs,
  sealKey,
} from '../index.ts'

const HOUR_MS = 3_600_000

let log: EventLog
beforeAll(async () => {
  log = await freshLog()
})
afterAll(async () => {
  await log[Symbol.asyncDispose]()
})

const body = (text: string) => Buffer.from(text)
const bytes = (text: string) => new Uint8Array(body(text))

async function age(digest: string): Promise<void> {
  await sql`update blob set touched_at = clock_timestamp() - interval '2 hours' where digest = ${digest}`.execute(
    log.db,
  )
}

test('a body is kept once, compressed, under its SHA-256', async () => {
  const text = 'kind: ConfigMap\n'.repeat(1_000)
  const digest = await putBlob(log, body(text))
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(await putBlob(log, body(text))).toBe(digest)
  expect(Buffer.from(await getBlob(log, digest)).toString()).toBe(text)
  const rows = await log.db.selectFrom('blob').select(['size', 'body']).where('digest', '=', digest).execute()
  expect(rows).toHaveLength(1)
  expect(rows[0]?.size).toBe(text.length)
  expect(rows[0]?.body.byteLength).toBeLessThan(text.length / 10)
})

test('an empty body is a body', async () => {
  expect(await getBlob(log, await putBlob(log, new Uint8Array()))).toHaveLength(0)
})

test('many bodies are put and read at once, in order, also when some are the same or there already', async () => {
  const old = await putBlob(log, body('old'))
  const digests = await putBlobs(log, [body('a'), body('old'), body('b'), body('a')])
  expect(digests[1]).toBe(old)
  expect(digests[0]).toBe(digests[3])
  const found = await getBlobs(log, [...digests, `sha256:${'0'.repeat(64)}`])
  expect([...found.values()].map((found) => Buffer.from(found).toString()).toSorted()).toEqual(['a', 'b', 'old'])
})

test('two that put the same bodies in different order at once do not wait for each other forever', async () => {
  const bodies = Array.from({ length: 50 }, (_, index) => body(`same ${index}`))
  const [first, second] = await Promise.all([putBlobs(log, bodies), putBlobs(log, bodies.toReversed())])
  expect(second.toReversed()).toEqual(first)
})

test('what is not stored, or damaged, is an error that says so', async () => {
  await expect(getBlob(log, `sha256:${'0'.repeat(64)}`)).rejects.toBeInstanceOf(BlobMissingError)
  const [a, b] = await putBlobs(log, [body('one'), body('two')])
  await sql`update blob set body = (select body from blob where digest = ${b}) where digest = ${a}`.execute(log.db)
  await expect(getBlob(log, a ?? '')).rejects.toBeInstanceOf(BlobCorruptError)
  await sql`update blob set body = '\\x00' where digest = ${a}`.execute(log.db)
  await expect(getBlob(log, a ?? '')).rejects.toBeInstanceOf(BlobCorruptError)
})

test('a sealed body lies in the table neither in clear nor under a digest that a guess could test', async () => {
  const installation = randomBytes(32)
  const seal = sealKey(installation, 'workflow:a')
  const digest = await putBlob(log, body('password: hunter2'), { seal })
  const plain = await putBlob(log, body('password: other'))
  expect(digest).toMatch(/^hmac:[0-9a-f]{64}$/)
  expect(await getBlob(log, digest, { seal })).toEqual(body('password: hunter2'))
  const rows = await log.db.selectFrom('blob').select('body').where('digest', '=', digest).execute()
  expect(rows.some((row) => row.body.includes('hunter2'))).toBe(false)
  const other = sealKey(installation, 'workflow:b')
  await expect(getBlob(log, digest, { seal: other })).rejects.toBeInstanceOf(BlobCorruptError)
  await expect(getBlob(log, digest)).rejects.toBeInstanceOf(BlobCorruptError)
  await expect(getBlob(log, plain, { seal })).rejects.toBeInstanceOf(BlobCorruptError)
  expect(await putBlob(log, body('password: hunter2'), { seal: other })).not.toBe(digest)
})

test('only old blobs that no event refers to are collected', async () => {
  const [referenced, young, old] = await putBlobs(log, [bytes('referenced'), bytes('young'), bytes('old')])
  if (referenced === undefined || young === undefined || old === undefined) throw new Error('not stored')
  await append(log, {
    stream: 'w',
    expectedVersion: 0,
    events: [{ ...event('Stored'), blobs: [referenced] }],
    cause: cause(),
  })
  await age(referenced)
  await age(old)
  expect(await collectBlobs(log, HOUR_MS)).toBe(1)
  expect([...(await getBlobs(log, [referenced, young, old])).keys()].toSorted()).toEqual([referenced, young].toSorted())
})

test('a blob younger than an hour is never collected, whatever was asked', async () => {
  const digest = await putBlob(log, body('young too'))
  expect(await collectBlobs(log, 0)).toBe(0)
  expect(await getBlob(log, digest)).toEqual(body('young too'))
})

test('reuse makes a blob young again', async () => {
  const digest = await putBlob(log, body('reused'))
  await age(digest)
  expect(await putBlob(log, body('reused'))).toBe(digest)
  expect(await collectBlobs(log, HOUR_MS)).toBe(0)
})

test('an event that refers to an old blob makes it young again', async () => {
  const digest = await putBlob(log, body('referred to late'))
  await age(digest)
  await append(log, {
    stream: 'late',
    expectedVersion: 0,
    events: [{ ...event('Stored'), blobs: [digest] }],
    cause: cause(),
  })
  const row = await log.db.selectFrom('blob').select('touched_at').where('digest', '=', digest).executeTakeFirst()
  expect(Date.now() - (row?.touched_at.getTime() ?? 0)).toBeLessThan(HOUR_MS)
})

test('collecting while others put and refer takes nothing that an event refers to', async () => {
  const digests = await putBlobs(
    log,
    Array.from({ length: 40 }, (_, index) => body(`raced ${index}`)),
  )
  for (const digest of digests) await age(digest)
  const [outcomes] = await Promise.all([
    Promise.allSettled(
      digests.map((digest, index) =>
        append(log, {
          stream: `raced-${index}`,
          expectedVersion: 0,
          events: [{ ...event('Stored'), blobs: [digest] }],
          cause: cause(),
        }),
      ),
    ),
    collectBlobs(log, HOUR_MS),
    collectBlobs(log, HOUR_MS),
  ])
  const kept = await getBlobs(log, digests)
  const referred = digests.filter((_, index) => outcomes[index]?.status === 'fulfilled')
  expect(referred.every((digest) => kept.has(digest))).toBe(true)
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []))
  expect(refused.every((error) => error instanceof BlobMissingError)).toBe(true)
})
