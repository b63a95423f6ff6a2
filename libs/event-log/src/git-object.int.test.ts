import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import {
  BlobCorruptError,
  deleteGitObjects,
  type EventLog,
  getGitObjects,
  gitObjectSizes,
  missingGitObjects,
  putGitObjects,
  sealKey,
} from './index.ts'

let log: EventLog
beforeAll(async () => {
  log = await freshLog()
})
afterAll(async () => {
  await log[Symbol.asyncDispose]()
})

const key = sealKey(randomBytes(32), 'repository:a')

function object(text: string) {
  return { oid: createHash('sha1').update(text).digest('hex'), type: 'blob', body: Buffer.from(text) }
}

test('objects are read back as they were put, and those that lack are named', async () => {
  const objects = Array.from({ length: 5_000 }, (_, index) => object(`file ${index} with password hunter2`))
  const [first, ...others] = objects
  if (first === undefined) return
  await putGitObjects(log, 'a', others, key)
  await putGitObjects(log, 'a', others.slice(0, 10), key)
  const oids = objects.map(({ oid }) => oid)
  expect(await missingGitObjects(log, 'a', oids)).toEqual([first.oid])
  const found = await getGitObjects(log, 'a', oids, key)
  expect(found.size).toBe(4_999)
  expect(others.every(({ oid, body }) => body.equals(found.get(oid)?.body ?? Buffer.of()))).toBe(true)
})

test('objects are another repository’s neither by name nor by key, and lie sealed', async () => {
  const secret = object('stringData: {password: hunter2}')
  await putGitObjects(log, 'b', [secret], key)
  expect(await getGitObjects(log, 'c', [secret.oid], key)).toEqual(new Map())
  await expect(getGitObjects(log, 'b', [secret.oid], sealKey(randomBytes(32), 'x'))).rejects.toBeInstanceOf(
    BlobCorruptError,
  )
  await log.db.updateTable('git_object').set({ repository: 'd' }).where('repository', '=', 'b').execute()
  await expect(getGitObjects(log, 'd', [secret.oid], key)).rejects.toBeInstanceOf(BlobCorruptError)
  const rows = await log.db.selectFrom('git_object').select('sealed').execute()
  expect(rows.some(({ sealed }) => sealed.includes('hunter2'))).toBe(false)
})

test('a tree that is kept as a way counts as missing, until the whole is kept', async () => {
  const tree = { ...object('tree'), type: 'tree' }
  const read = async () => (await getGitObjects(log, 'e', [tree.oid], key)).get(tree.oid)
  await putGitObjects(log, 'e', [{ ...tree, type: 'way' }], key)
  expect(await missingGitObjects(log, 'e', [tree.oid])).toEqual([tree.oid])
  expect(await read()).toMatchObject({ type: 'way', body: tree.body })
  await putGitObjects(log, 'e', [tree], key)
  await putGitObjects(log, 'e', [{ ...tree, type: 'way' }], key)
  expect(await missingGitObjects(log, 'e', [tree.oid])).toEqual([])
  expect(await read()).toMatchObject({ type: 'tree', body: tree.body })
})

test('a deleted repository leaves none', async () => {
  await deleteGitObjects(log, 'd')
  expect(await missingGitObjects(log, 'd', [object('x').oid])).toHaveLength(1)
})

test('the size of a body is known without reading it', async () => {
  const [small, large] = [object('small'), { oid: 'f'.repeat(40), type: 'large', body: Buffer.from('99999999') }]
  const zeros = { oid: 'e'.repeat(40), type: 'blob', body: Buffer.alloc(1024 * 1024) }
  await putGitObjects(log, 'sizes', [small, large, zeros], key)
  const sizes = await gitObjectSizes(log, 'sizes', [small.oid, large.oid, zeros.oid, 'd'.repeat(40)])
  expect(Object.fromEntries(sizes)).toEqual({ [small.oid]: 5, [large.oid]: 0, [zeros.oid]: 1024 * 1024 })
})
