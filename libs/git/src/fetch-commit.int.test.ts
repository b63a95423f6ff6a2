import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gitHttpServer } from '@plimsoll/harness'
import { afterAll, describe, expect, test } from 'vitest'
import { commitInfo, fetchCommit, InvalidRefError, openMirror, readObjects, resolveRef, treeAt } from './index.ts'
import type { Mirror, Remote } from './index.ts'

const server = await gitHttpServer()
const folder = await mkdtemp(join(tmpdir(), 'git points-'))
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

let names = 0
/** A repository with two commits on its branch; `file` speaks to it as SSH would, over one channel. */
async function setUp(transport: 'http' | 'file' = 'http', limits = {}) {
  const name = `points ${names++}`
  const repository = await server.createRepository(name)
  const first = await repository.commit({ 'k8s/a.yaml': 'a: 1\n' }, 'First')
  const second = await repository.commit({ 'k8s/a.yaml': 'a: 2\n' }, 'Second')
  const url = transport === 'http' ? server.url(name) : `file://${encodeURI(repository.path)}`
  const remote: Remote = { url, branch: 'main', allowFile: true }
  const mirror = await openMirror({ dir: join(folder, name), remote, limits })
  const bring = async (text: string, known?: readonly string[]) =>
    fetchCommit(mirror, await resolveRef(remote, text, known === undefined ? {} : { known }))
  return { repository, remote, mirror, first, second, bring }
}

async function fileOf(mirror: Mirror, commit: string): Promise<string> {
  const tree = await treeAt(mirror, commit, 'k8s')
  const [object] = await Array.fromAsync(readObjects(mirror, [tree?.oid ?? '']))
  const blob = Buffer.from(object?.body ?? Buffer.of())
    .subarray(-20)
    .toString('hex')
  const [file] = await Array.fromAsync(readObjects(mirror, [blob]))
  return Buffer.from(file?.body ?? Buffer.of()).toString()
}

/** A commit beside the branch, that no ref leads to yet. */
async function strayCommit({ repository, second }: Awaited<ReturnType<typeof setUp>>): Promise<string> {
  const stray = await repository.commit({ 'k8s/a.yaml': 'a: stray\n' }, 'Stray')
  await repository.git('update-ref', 'refs/heads/main', second)
  return stray
}

test('a folder with a work tree is read by the repository in it', async () => {
  const { repository, second } = await setUp('file')
  const checkout = join(folder, 'a checkout')
  await repository.git('clone', '--quiet', repository.path, checkout)
  const remote: Remote = { url: `file://${encodeURI(checkout)}`, branch: 'main', allowFile: true }
  const mirror = await openMirror({ dir: join(folder, 'of a checkout'), remote })
  expect(await fetchCommit(mirror, await resolveRef(remote, 'main'))).toBe(second)
})

describe.each(['http', 'file'] as const)('over %s', (transport) => {
  test('a branch, tags, a pull request and HEAD lead to their commits, and their files can be read', async () => {
    const it = await setUp(transport)
    const { repository, mirror, first, second, bring } = it
    const stray = await strayCommit(it)
    await repository.git('update-ref', 'refs/heads/feature/x', first)
    await repository.git('update-ref', 'refs/pull/7/head', stray)
    await repository.git('tag', 'light', first)
    await repository.git('-c', 'user.name=A', '-c', 'user.email=a@example.com', 'tag', '-a', 'v1', '-m', 'One', first)
    await repository.git(
      '-c',
      'user.name=A',
      '-c',
      'user.email=a@example.com',
      'tag',
      '-a',
      'v1-again',
      '-m',
      'One again',
      'v1',
    )
    expect(await bring('feature/x')).toBe(first)
    expect(await bring('refs/pull/7/head')).toBe(stray)
    expect(await bring('pull/7/head')).toBe(stray)
    expect(await bring('light')).toBe(first)
    expect(await bring('v1')).toBe(first)
    expect(await bring('v1-again')).toBe(first)
    expect(await bring('HEAD')).toBe(second)
    expect(await fileOf(mirror, first)).toBe('a: 1\n')
    expect(commitInfo(mirror, stray).message).toBe('Stray')
  })

  test('a commit is found by its id and by the beginning of it', async () => {
    const { mirror, first, second, bring } = await setUp(transport)
    expect(await bring(second)).toBe(second)
    expect(await bring(second.slice(0, 10))).toBe(second)
    expect(await bring(first)).toBe(first)
    expect(await bring(first.slice(0, 8), [first])).toBe(first)
    expect(await fileOf(mirror, first)).toBe('a: 1\n')
  })

  test('what stands for nothing is said so', async () => {
    const { repository, bring, first } = await setUp(transport)
    await repository.git('tag', 'file', await repository.git('rev-parse', `${first}:k8s/a.yaml`))
    const missing = { kind: 'revision-missing', retryable: false }
    await expect(bring('nothing')).rejects.toMatchObject(missing)
    await expect(bring('refs/pull/9/head')).rejects.toMatchObject(missing)
    await expect(bring('f'.repeat(40))).rejects.toMatchObject(missing)
    await expect(bring('fffffff')).rejects.toMatchObject(missing)
    await expect(bring('file')).rejects.toThrow(/leads to a blob, not to a commit/)
    await expect(bring('--upload-pack=x')).rejects.toBeInstanceOf(InvalidRefError)
    await expect(bring('nothing')).rejects.toThrow(/cannot read nothing of .*git ls-remote/)
  })

  test('a ref that the server hides is not read, and nor is what only it leads to', async () => {
    const it = await setUp(transport)
    const stray = await strayCommit(it)
    await it.repository.git('update-ref', 'refs/secret/x', stray)
    await it.repository.git('config', 'transfer.hideRefs', 'refs/secret')
    await expect(it.bring('refs/secret/x')).rejects.toMatchObject({ kind: 'revision-missing' })
    await expect(it.bring(stray)).rejects.toMatchObject({ kind: 'revision-missing' })
  })
})

test('two things of one name have to be told apart', async () => {
  const { repository, first, second, bring } = await setUp()
  await repository.git('update-ref', 'refs/heads/both', first)
  await repository.git('update-ref', 'refs/tags/both', second)
  await expect(bring('both')).rejects.toThrow('it may mean refs/heads/both, refs/tags/both')
  expect(await bring('refs/tags/both')).toBe(second)
  const alike = ['abcdef1'.padEnd(40, '0'), 'abcdef1'.padEnd(40, '1')]
  await expect(bring('abcdef1', alike)).rejects.toThrow(/it may mean abcdef1/)
})

test('a branch that is named like the beginning of a commit is the branch', async () => {
  const { repository, first, second, bring } = await setUp()
  await repository.git('update-ref', `refs/heads/${second.slice(0, 8)}`, first)
  expect(await bring(second.slice(0, 8))).toBe(first)
})

test('a server that gives no commit by its id gives the history of its branches, and the commit with it', async () => {
  const { repository, mirror, remote, first, second } = await setUp('file')
  await repository.commit({ 'k8s/a.yaml': 'a: 3\n' }, 'Third')
  // Without history first: it must not keep the commit from being found.
  expect(await fetchCommit(mirror, await resolveRef(remote, 'main'))).not.toBe(second)
  expect(await fetchCommit(mirror, { ref: null, oid: first })).toBe(first)
  expect(await fileOf(mirror, first)).toBe('a: 1\n')
})

test('a ref that leads to more than is allowed is refused, and others can still be read', async () => {
  const { repository, bring, second } = await setUp('http', { maxPackBytes: 200_000 })
  const big = await repository.commit({ big: randomBytes(400_000).toString('base64') }, 'Big')
  await repository.git('update-ref', 'refs/heads/big', big)
  await repository.git('update-ref', 'refs/heads/main', second)
  await expect(bring('big')).rejects.toMatchObject({ kind: 'too-large' })
  expect(await bring('main')).toBe(second)
})

test('packs do not pile up', async () => {
  const { repository, mirror, remote, first } = await setUp('http', { maxPacks: 3 })
  for (let index = 0; index < 6; index++) {
    const commit = await repository.commit({ [`f${index}`]: `${index}` }, `Commit ${index}`)
    await repository.git('update-ref', `refs/pull/${index}/head`, commit)
    expect(await fetchCommit(mirror, await resolveRef(remote, `refs/pull/${index}/head`))).toBe(commit)
    const packs = (await readdir(join(mirror.dir, 'objects', 'pack'))).filter((name) => name.endsWith('.pack'))
    expect(packs.length).toBeLessThanOrEqual(3)
  }
  expect(await fetchCommit(mirror, { ref: null, oid: first })).toBe(first)
})
