import { expect, test } from 'vitest'
import { cachedTrees, noTrees } from './cached-trees.ts'
import type { ReadGitObjects } from './git-tree.ts'

function counted(typeOf: (oid: string) => string, bytes = 10) {
  const asked: string[] = []
  const read: ReadGitObjects = async (oids) => {
    asked.push(...oids)
    return new Map(
      oids
        .filter((oid) => oid !== 'missing')
        .map((oid) => [oid, { oid, type: typeOf(oid), body: Buffer.alloc(bytes) }]),
    )
  }
  return { read, asked }
}

test('a tree is read once; a file, and what was missing, whenever it is asked for', async () => {
  const { read, asked } = counted((oid) => (oid.startsWith('file') ? 'blob' : oid === 'a' ? 'way' : 'tree'))
  const cached = cachedTrees('r', read, noTrees())
  expect([...(await cached(['a', 'b', 'file', 'missing'])).keys()]).toEqual(['a', 'b', 'file'])
  expect([...(await cached(['b', 'c', 'a', 'file', 'missing'])).keys()].toSorted()).toEqual(['a', 'b', 'c', 'file'])
  expect((await cached(['a', 'b'])).size).toBe(2)
  expect(asked).toEqual(['a', 'b', 'file', 'missing', 'c', 'file', 'missing'])
})

test('what was not used for longest makes room', async () => {
  const { read, asked } = counted(() => 'tree', 256 * 1024)
  const cache = noTrees()
  const cached = cachedTrees('r', read, cache)
  for (let i = 0; i < 16; i++) await cached([`t${i}`])
  await cached(['t0'])
  await cached(['t16'])
  expect(cache.bytes).toBe(4 * 1024 * 1024)
  asked.length = 0
  await cached(['t0', 't1', 't2'])
  expect(asked).toEqual(['t1'])
})

test('what one repository has is not told to another', async () => {
  const { read, asked } = counted(() => 'tree')
  const cache = noTrees()
  await cachedTrees('one', read, cache)(['a'])
  expect((await cachedTrees('two', async () => new Map(), cache)(['a'])).size).toBe(0)
  await cachedTrees('one', read, cache)(['a'])
  expect(asked).toEqual(['a'])
})
