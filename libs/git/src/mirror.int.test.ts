import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createGitRepository, gitHttpServer } from '@plimsoll/harness'
import { afterAll, describe, expect, test } from 'vitest'
import {
  commitInfo,
  DamagedMirrorError,
  fetchHead,
  InvalidTreeError,
  type Mirror,
  openMirror,
  parseTree,
  readObjects,
  remoteHead,
  treeAt,
  walkTree,
} from './index.ts'

const server = await gitHttpServer()
const folder = await mkdtemp(join(tmpdir(), 'git mirror-'))
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

let names = 0
async function setUp(limits = {}) {
  const name = `repository ${names++}`
  const repository = await server.createRepository(name)
  const remote = { url: server.url(name), branch: 'main' }
  const dir = join(folder, name)
  return { repository, remote, dir, mirror: await openMirror({ dir, remote, limits }) }
}

/** Every file of a commit with its text. */
async function filesOf(mirror: Mirror, commit: string): Promise<Record<string, string>> {
  const root = await treeAt(mirror, commit, '.')
  const entries = await Array.fromAsync(walkTree(mirror, root?.oid ?? ''))
  const blobs = entries.filter(({ type }) => type === 'blob')
  const objects = await Array.fromAsync(readObjects(mirror, new Set(blobs.map(({ oid }) => oid))))
  const text = new Map(objects.map(({ oid, body }) => [oid, Buffer.from(body).toString()]))
  return Object.fromEntries(blobs.map(({ path, oid }) => [path, text.get(oid) ?? '']))
}

const packsIn = async (dir: string) =>
  (await readdir(join(dir, 'objects', 'pack'))).filter((name) => name.endsWith('.pack')).length
const noise = (bytes: number) => randomBytes(bytes).toString('base64')

describe('a mirror', () => {
  test('holds the files of a commit, byte for byte', async () => {
    const { repository, mirror } = await setUp()
    const files = {
      'a.yaml': 'a: 1\n',
      'apps/web/b.yaml': 'b: 2\n',
      empty: '',
      'über name.txt': 'ü',
      big: noise(300_000),
    }
    const commit = await repository.commit(files, 'First')
    await fetchHead(mirror, commit)
    expect(await filesOf(mirror, commit)).toEqual(files)
  })

  test('lists folders before what they hold, links and submodules with their modes', async () => {
    const { repository, mirror } = await setUp()
    const commit = await repository.commit(
      {
        'apps/a.yaml': 'a: 1\n',
        link: { mode: '120000', content: '../outside' },
        module: { mode: '160000', content: '1'.repeat(40) },
        run: { mode: '100755', content: '#!' },
      },
      'First',
    )
    await fetchHead(mirror, commit)
    const root = await treeAt(mirror, commit, '')
    const entries = await Array.fromAsync(walkTree(mirror, root?.oid ?? ''))
    expect(entries.map(({ type, mode, path }) => `${type} ${mode} ${path}`)).toEqual([
      'tree 40000 apps',
      'blob 100644 apps/a.yaml',
      'blob 120000 link',
      'commit 160000 module',
      'blob 100755 run',
    ])
    const [tree] = await Array.fromAsync(readObjects(mirror, [root?.oid ?? '']))
    expect(parseTree(tree?.body ?? Buffer.of()).map(({ name }) => name)).toEqual(['apps', 'link', 'module', 'run'])
  })

  test('knows the tree of a path, which changes only with what is under it', async () => {
    const { repository, mirror } = await setUp()
    const first = await repository.commit({ 'apps/a.yaml': 'a: 1\n', 'docs/x.md': 'x' }, 'First')
    const second = await repository.commit({ 'docs/x.md': 'y' }, 'Second')
    await fetchHead(mirror, second)
    const third = await repository.commit({ 'apps/a.yaml': 'a: 2\n' }, 'Third')
    await fetchHead(mirror, third)
    expect((await treeAt(mirror, second, 'apps'))?.oid).toBe(await repository.git('rev-parse', `${first}:apps`))
    expect((await treeAt(mirror, third, './apps/'))?.oid).toBe(await repository.git('rev-parse', `${third}:apps`))
    for (const path of ['nothing', 'apps/nothing', 'apps/a.yaml', 'apps/a.yaml/x', '../apps', 'apps/..'])
      expect(await treeAt(mirror, third, path)).toBeUndefined()
  })

  test('says who wrote a commit and what its first line says', async () => {
    const { repository, mirror } = await setUp()
    const commit = await repository.commit({ a: '1' }, '\u001b[31mRaise\u0007 the limit\n\nBecause.\n')
    await fetchHead(mirror, commit)
    const { author, message, time, tree } = commitInfo(mirror, commit)
    expect({ author, message }).toEqual({ author: 'Plimsoll <plimsoll@example.com>', message: '[31mRaise  the limit' })
    expect(time.toISOString()).toMatch(/^20\d\d-/)
    expect(tree).toBe(await repository.git('rev-parse', `${commit}^{tree}`))
  })

  test('reads every object of a repository with long chains of deltas', async () => {
    const { repository, mirror } = await setUp()
    let text = noise(20_000)
    for (let i = 0; i < 20; i++) {
      text = `${text.slice(0, i * 300)}${i}${text.slice(i * 300 + 1)}`
      await repository.commit({ 'big.txt': text, [`dir/${i}`]: `${i}` }, `Commit ${i}`)
    }
    await repository.git('repack', '-adfq', '--depth=50', '--window=50')
    const { commit } = await remoteHead(mirror.remote)
    // All of the history, which a fresh mirror would not ask for.
    await repository.git('update-ref', 'refs/heads/all', commit)
    await fetchHead(mirror, commit)
    const first = await repository.git('rev-list', '--max-parents=0', 'main')
    await repository.git('update-ref', 'refs/heads/main', first)
    await using all = await openMirror({ dir: join(folder, 'all'), remote: { ...mirror.remote, branch: 'all' } })
    await fetchHead(all, commit)
    const listed = await repository.git('rev-list', '--objects', '--no-object-names', `${commit}^{tree}`)
    const oids = listed.split('\n').filter((oid) => oid !== '')
    const objects = await Array.fromAsync(readObjects(all, oids))
    expect(objects.length).toBe(new Set(oids).size)
  })
})

describe('a fetch', () => {
  test('transfers only what is new, and nothing twice', async () => {
    const { repository, mirror, dir } = await setUp()
    await fetchHead(mirror, await repository.commit({ big: noise(500_000), 'a.yaml': 'a: 1\n' }, 'First'))
    const commit = await repository.commit({ 'a.yaml': 'a: 2\n' }, 'Second')
    await fetchHead(mirror, commit)
    expect((await filesOf(mirror, commit))['a.yaml']).toBe('a: 2\n')
    server.requests.length = 0
    await fetchHead(mirror, commit)
    expect(server.requests).toEqual([])
    const packs = (await readdir(join(dir, 'objects', 'pack'))).filter((name) => name.endsWith('.pack'))
    const sizes = await Promise.all(packs.map(async (name) => (await stat(join(dir, 'objects', 'pack', name))).size))
    expect(sizes.filter((size) => size > 100_000).length).toBe(1)
  })

  test('follows a branch that was rewritten', async () => {
    const { repository, mirror } = await setUp()
    const first = await repository.commit({ a: '1' }, 'First')
    await fetchHead(mirror, await repository.commit({ a: '2' }, 'Second'))
    await repository.git('update-ref', 'refs/heads/main', first)
    const rewritten = await repository.commit({ b: '3' }, 'Another second')
    await fetchHead(mirror, rewritten)
    expect(await filesOf(mirror, rewritten)).toEqual({ a: '1', b: '3' })
    await repository.git('update-ref', '-d', 'refs/heads/main')
    const unrelated = await repository.commit({ c: '4' }, 'Without parent')
    await fetchHead(mirror, unrelated)
    expect(await filesOf(mirror, unrelated)).toEqual({ c: '4' })
  })

  test('begins anew when a rewritten branch would send more than is allowed', async () => {
    const { repository, mirror, dir } = await setUp({ maxPackBytes: 300_000 })
    await fetchHead(mirror, await repository.commit({ a: '1' }, 'First'))
    await repository.git('update-ref', '-d', 'refs/heads/main')
    for (let i = 0; i < 4; i++) await repository.commit({ big: noise(100_000) }, `Big ${i}`)
    const last = await repository.commit({ big: 'small' }, 'Small again')
    await fetchHead(mirror, last)
    expect(await filesOf(mirror, last)).toEqual({ big: 'small' })
    expect(await packsIn(dir)).toBe(1)
  })

  test('says that a commit is no longer on the branch', async () => {
    const { repository, mirror } = await setUp()
    const first = await repository.commit({ a: '1' }, 'First')
    await repository.commit({ a: '2' }, 'Second')
    await expect(fetchHead(mirror, first)).rejects.toMatchObject({ kind: 'not-found', retryable: true })
  })

  test('says that the branch, or the repository, is gone', async () => {
    const { repository, mirror, remote, dir } = await setUp()
    const commit = await repository.commit({ a: '1' }, 'First')
    await repository.git('branch', 'other', commit)
    await repository.git('update-ref', '-d', 'refs/heads/main')
    await expect(fetchHead(mirror, commit)).rejects.toMatchObject({ kind: 'branch-missing' })
    await using gone = await openMirror({ dir: `${dir} gone`, remote: { ...remote, url: server.url('gone') } })
    await expect(fetchHead(gone, commit)).rejects.toMatchObject({ kind: 'not-found' })
  })

  test('replaces the packs by one when there are too many', async () => {
    const { repository, mirror, dir } = await setUp({ maxPacks: 3 })
    for (let i = 0; i < 3; i++) await fetchHead(mirror, await repository.commit({ [`f${i}`]: `${i}` }, `Commit ${i}`))
    expect(await packsIn(dir)).toBe(3)
    const last = await repository.commit({ last: 'x' }, 'Last')
    await fetchHead(mirror, last)
    expect(await packsIn(dir)).toBe(1)
    expect(Object.keys(await filesOf(mirror, last)).length).toBe(4)
  })

  test('of a pack with too many bytes, or too many objects, is refused', async () => {
    const bytes = await setUp({ maxPackBytes: 50_000 })
    const big = await bytes.repository.commit({ big: noise(100_000) }, 'Big')
    await expect(fetchHead(bytes.mirror, big)).rejects.toMatchObject({ kind: 'too-large', retryable: false })
    const objects = await setUp({ maxObjects: 10 })
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, `${i}`]))
    const many = await objects.repository.commit(files, 'Many')
    await expect(fetchHead(objects.mirror, many)).rejects.toMatchObject({ kind: 'too-large' })
    expect(await readdir(join(objects.dir, 'objects', 'pack'))).toEqual([])
  })

  test('that takes too long, or that nobody waits for, ends and leaves nothing behind', async () => {
    const { repository, mirror, dir, remote } = await setUp({ timeoutMs: 300 })
    const commit = await repository.commit({ a: '1' }, 'First')
    server.pause()
    await expect(fetchHead(mirror, commit)).rejects.toMatchObject({ kind: 'timeout' })
    const reason = new Error('enough')
    await expect(fetchHead(mirror, commit, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    server.resume()
    expect(await readdir(join(dir, 'objects', 'pack'))).toEqual([])
    await using patient = await openMirror({ dir, remote })
    await fetchHead(patient, commit)
    expect(await filesOf(patient, commit)).toEqual({ a: '1' })
  })
})

/** Passes everything on to the Git server, but changes what it answers to a fetch. */
async function meddler(change: (answer: Buffer) => Buffer) {
  const meddling = createServer((request, response) => {
    void (async () => {
      const body = await buffer(request)
      const answer = await fetch(`http://127.0.0.1:${server.port}${request.url}`, {
        method: request.method ?? 'GET',
        headers: { 'content-type': request.headers['content-type'] ?? '' },
        ...(body.length > 0 && { body: new Uint8Array(body) }),
      })
      const bytes = Buffer.from(await answer.arrayBuffer())
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
      response.end(body.length > 0 ? change(bytes) : bytes)
    })()
  })
  await new Promise<void>((resolve) => meddling.listen(0, '127.0.0.1', resolve))
  return {
    port: (meddling.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      meddling.closeAllConnections()
      meddling.close()
    },
  }
}

describe('an answer that is damaged on its way', () => {
  const sideband = (band: number, text: string) => {
    const length = (text.length + 5).toString(16).padStart(4, '0')
    return Buffer.concat([Buffer.from(length), Buffer.of(band), Buffer.from(text)])
  }
  const refused = Buffer.from('0008NAK\n')
  const flip = (bytes: Buffer) => {
    const changed = Buffer.from(bytes)
    const at = changed.indexOf('PACK') + 40
    changed[at] = (changed[at] ?? 0) ^ 1
    return changed
  }
  test.each([
    ['a bit that flipped', flip, 'protocol'],
    ['an end that is missing', (bytes: Buffer) => bytes.subarray(0, -30), 'protocol'],
    ['no pack at all', () => refused, 'protocol'],
    ['a page instead', () => Buffer.from('<html>canary</html>'), 'protocol'],
    [
      'the last words of a server',
      () => Buffer.concat([refused, sideband(3, 'out of \u001b[31mmemory')]),
      'unreachable',
    ],
    ['a refusal', () => Buffer.from('001fERR access denied by policy'), 'auth-refused'],
  ] as const)('is noticed: %s', async (_name, change, kind) => {
    const { repository, remote, dir } = await setUp()
    const commit = await repository.commit({ a: 'x'.repeat(1000), b: noise(1000) }, 'First')
    await using proxy = await meddler(change)
    const url = remote.url.replace(`:${server.port}`, `:${proxy.port}`)
    await using mirror = await openMirror({ dir: `${dir} damaged`, remote: { ...remote, url } })
    const failure = await fetchHead(mirror, commit).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'SourceError', kind })
    expect(String(failure)).not.toContain('\u001b')
    expect(await packsIn(mirror.dir)).toBe(0)
    expect((await readdir(join(mirror.dir, 'objects', 'pack'))).filter((name) => name.startsWith('incoming'))).toEqual(
      [],
    )
  })
})

describe('a mirror on disk', () => {
  test('is opened again with what it held', async () => {
    const { repository, mirror, dir, remote } = await setUp()
    const commit = await repository.commit({ a: '1' }, 'First')
    await fetchHead(mirror, commit)
    await mirror[Symbol.asyncDispose]()
    await using again = await openMirror({ dir, remote: { ...remote, credentials: { type: 'token', token: 'new' } } })
    expect(await filesOf(again, commit)).toEqual({ a: '1' })
  })

  test('of another remote or branch is emptied', async () => {
    const { repository, mirror, dir, remote } = await setUp()
    const commit = await repository.commit({ a: '1' }, 'First')
    await fetchHead(mirror, commit)
    await mirror[Symbol.asyncDispose]()
    await using other = await openMirror({ dir, remote: { ...remote, branch: 'other' } })
    expect(await treeAt(other, commit, '.').catch((error: unknown) => error)).toBeInstanceOf(DamagedMirrorError)
  })

  test('loses what a crash left half written', async () => {
    const { repository, mirror, dir, remote } = await setUp()
    const commit = await repository.commit({ a: '1' }, 'First')
    await fetchHead(mirror, commit)
    await mirror[Symbol.asyncDispose]()
    const packs = join(dir, 'objects', 'pack')
    for (const name of ['incoming-x', 'pack-00.pack']) await writeFile(join(packs, name), 'half')
    await using again = await openMirror({ dir, remote })
    expect((await readdir(packs)).filter((name) => /incoming|-00/.test(name))).toEqual([])
    expect(await filesOf(again, commit)).toEqual({ a: '1' })
  })

  test('that was damaged says so', async () => {
    const { repository, mirror, dir, remote } = await setUp()
    const commit = await repository.commit({ a: 'x'.repeat(5000), b: noise(5000) }, 'First')
    await fetchHead(mirror, commit)
    await mirror[Symbol.asyncDispose]()
    const [pack = ''] = (await readdir(join(dir, 'objects', 'pack'))).filter((name) => name.endsWith('.pack'))
    const file = join(dir, 'objects', 'pack', pack)
    const bytes = await readFile(file)
    bytes.fill(0x55, 200, bytes.length - 40)
    await writeFile(file, bytes)
    await using again = await openMirror({ dir, remote })
    await expect(filesOf(again, commit)).rejects.toBeInstanceOf(DamagedMirrorError)
  })

  test('whose few trees stand for billions of files says so', async () => {
    const { repository, mirror } = await setUp({ maxObjects: 10_000 })
    const makeTree = (entries: string) =>
      execFileSync('git', ['mktree'], { cwd: repository.path, input: entries }).toString().trim()
    let tree = makeTree('')
    for (let i = 0; i < 12; i++)
      tree = makeTree(Array.from({ length: 10 }, (_, n) => `040000 tree ${tree}\t${n}\n`).join(''))
    const commit = await repository.git('-c', 'user.name=x', '-c', 'user.email=x', 'commit-tree', tree, '-m', 'Bomb')
    await repository.git('update-ref', 'refs/heads/main', commit)
    await fetchHead(mirror, commit)
    await expect(filesOf(mirror, commit)).rejects.toThrow('the repository names more than 10000 files')
  })

  test('of ten thousand files is filled and read in about a second', async () => {
    const { repository, mirror } = await setUp()
    const files = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i) => [`apps/${i % 100}/${i}.yaml`, `name: web-${i}\n`.repeat(60)]),
    )
    const commit = await repository.commit(files, 'Many')
    const before = process.cpuUsage()
    await fetchHead(mirror, commit)
    expect(Object.keys(await filesOf(mirror, commit)).length).toBe(10_000)
    const { user, system } = process.cpuUsage(before)
    // Measured: 0.7 s. isomorphic-git alone needs 8 s for the reading.
    expect((user + system) / 1e6).toBeLessThan(4)
  })

  test('whose tree holds a forbidden name says so', async () => {
    const { repository, mirror } = await setUp()
    const blob = await repository.git('hash-object', '-w', join(repository.path, 'HEAD'))
    const script = `printf '100644 .GIT\\0' > t; printf '${blob}' | xxd -r -p >> t; git hash-object -t tree -w --literally t`
    const tree = execFileSync('sh', ['-c', script], { cwd: repository.path }).toString().trim()
    const commit = await repository.git('-c', 'user.name=x', '-c', 'user.email=x', 'commit-tree', tree, '-m', 'Bad')
    await repository.git('update-ref', 'refs/heads/main', commit)
    await fetchHead(mirror, commit)
    await expect(filesOf(mirror, commit)).rejects.toBeInstanceOf(InvalidTreeError)
  })
})

describe('a folder of this machine as a remote', () => {
  test('is read like any other', async () => {
    const path = join(folder, "it's a repository")
    const repository = await createGitRepository(path)
    const remote = { url: path, branch: 'main', allowFile: true }
    const first = await repository.commit({ a: '1' }, 'First')
    expect(await remoteHead(remote)).toEqual({ commit: first })
    await using mirror = await openMirror({ dir: join(folder, 'local'), remote })
    await fetchHead(mirror, first)
    const second = await repository.commit({ a: '2' }, 'Second')
    await fetchHead(mirror, second)
    expect(await filesOf(mirror, second)).toEqual({ a: '2' })
    await expect(remoteHead({ ...remote, branch: 'none' })).rejects.toMatchObject({ kind: 'branch-missing' })
    await expect(remoteHead({ ...remote, url: join(folder, 'none') })).rejects.toMatchObject({ kind: 'not-found' })
    await expect(remoteHead({ ...remote, allowFile: false })).rejects.toThrow('only in `plimsoll up`')
  })
})
