import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import {
  createToken,
  deleteClusterCredentials,
  deleteCredential,
  deleteToken,
  type EventLog,
  findToken,
  getClusterCredential,
  getCredential,
  listTokens,
  putClusterCredential,
  putCredential,
  sealKey,
} from './index.ts'

let log: EventLog
beforeAll(async () => {
  log = await freshLog()
})
afterAll(async () => {
  await log[Symbol.asyncDispose]()
})

test('a credential is kept sealed, replaced and forgotten', async () => {
  const key = sealKey(randomBytes(32), 'repository:a')
  const open = async () => Buffer.from(key.unseal((await getCredential(log, 'a')) ?? Buffer.of(), 'a')).toString()
  await putCredential(log, 'a', key.seal(Buffer.from('token-1'), 'a'))
  expect(await open()).toBe('token-1')
  await putCredential(log, 'a', key.seal(Buffer.from('token-2'), 'a'))
  expect(await open()).toBe('token-2')
  await deleteCredential(log, 'a')
  expect(await getCredential(log, 'a')).toBeUndefined()
})

test('credentials of a cluster stand beside each other until all but one are forgotten', async () => {
  const get = async (fingerprint: string) => (await getClusterCredential(log, 'east', fingerprint))?.toString()
  await putClusterCredential(log, 'east', 'f1', Buffer.from('one'))
  await putClusterCredential(log, 'east', 'f2', Buffer.from('two'))
  await putClusterCredential(log, 'west', 'f1', Buffer.from('other'))
  expect([await get('f1'), await get('f2'), await get('f3')]).toEqual(['one', 'two', undefined])
  await deleteClusterCredentials(log, 'east', 'f2')
  expect([await get('f1'), await get('f2')]).toEqual([undefined, 'two'])
  await deleteClusterCredentials(log, 'east')
  expect(await get('f2')).toBeUndefined()
  expect((await getClusterCredential(log, 'west', 'f1'))?.toString()).toBe('other')
})

test('a token is found by its text, of which nothing is kept', async () => {
  const token = await createToken(log, 'ci', 'deployer')
  expect(token).toMatch(/^plimsoll_[\w-]{43}$/)
  expect(await findToken(log, token)).toMatchObject({ name: 'ci', role: 'deployer', expiresAt: null })
  expect(await findToken(log, `${token}x`)).toBeUndefined()
  const { rows } = await sql<{ row: string }>`select row_to_json(t)::text as row from access_token t`.execute(log.db)
  expect(rows.map(({ row }) => row).join()).not.toContain(token.slice('plimsoll_'.length))
})

test('an expired, replaced or deleted token is not found', async () => {
  const expired = await createToken(log, 'expired', 'viewer', new Date(Date.now() - 1))
  const valid = await createToken(log, 'valid', 'viewer', new Date(Date.now() + 60_000))
  expect(await findToken(log, expired)).toBeUndefined()
  expect(await findToken(log, valid)).toMatchObject({ name: 'valid' })
  const next = await createToken(log, 'valid', 'admin')
  expect(await findToken(log, valid)).toBeUndefined()
  expect(await findToken(log, next)).toMatchObject({ name: 'valid', role: 'admin', expiresAt: null })
  expect((await listTokens(log)).map(({ name }) => name)).toEqual(['ci', 'expired', 'valid'])
  expect(await deleteToken(log, 'valid')).toBe(true)
  expect(await deleteToken(log, 'valid')).toBe(false)
  expect(await findToken(log, next)).toBeUndefined()
})
