import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gitHttpServer } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commitInfo, fetchHead, openMirror, parseTree, readObjects, remoteHead, treeAt, walkTree } from './index.ts'

const server = await gitHttpServer()
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'git mirror-'))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

describe('a mirror', () => {
  test('holds the files of a commit, byte for byte', async () => {
    const repository = await server.createRepository('files')
    const commit = await repository.commit({ 'a.yaml': 'a: 1\n', 'apps/web/b.yaml': 'b: 2\n', 'über.txt': '' }, 'First')
    const remote = { url: server.url('files'), branch: 'main' }
    await using mirror = await openMirror({ dir: join(folder, 'files'), remote })
    expect(await remoteHead(remote)).toEqual({ commit })
    await fetchHead(mirror, commit)
    const root = await treeAt(mirror, commit, '.')
    const entries = await Array.fromAsync(walkTree(mirror, root?.oid ?? ''))
    expect(entries.map(({ path, type }) => `${type} ${path}`)).toEqual([
      'blob a.yaml',
      'tree apps',
      'tree apps/web',
      'blob apps/web/b.yaml',
      'blob über.txt',
    ])
    const objects = await Array.fromAsync(
      readObjects(
        mirror,
        entries.map(({ oid }) => oid),
      ),
    )
    const bodies = new Map(objects.map(({ oid, body }) => [oid, Buffer.from(body)]))
    expect(bodies.get(entries[3]?.oid ?? '')?.toString()).toBe('b: 2\n')
    expect(parseTree(bodies.get(entries[1]?.oid ?? '') ?? Buffer.of())).toMatchObject([{ name: 'web', mode: '40000' }])
    expect(commitInfo(mirror, commit)).toMatchObject({ author: 'Plimsoll <plimsoll@example.com>', message: 'First' })
  })

  test('fetches only what is new', async () => {
    const repository = await server.createRepository('steps')
    const remote = { url: server.url('steps'), branch: 'main' }
    await using mirror = await openMirror({ dir: join(folder, 'steps'), remote })
    await repository.commit({ 'big.bin': Math.random().toString().repeat(5000), 'a.yaml': 'a: 1\n' }, 'First')
    await fetchHead(mirror, (await remoteHead(remote)).commit)
    const second = await repository.commit({ 'a.yaml': 'a: 2\n' }, 'Second')
    await fetchHead(mirror, second)
    expect(await treeAt(mirror, second, 'a')).toBeUndefined()
    expect(commitInfo(mirror, second).message).toBe('Second')
  })
})
