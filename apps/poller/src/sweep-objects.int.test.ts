import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryDecider, repositoryStream } from '@plimsoll/domain'
import { append, askForPaths, getGitObjects, inTransaction, previewStore, sealKey } from '@plimsoll/event-log'
import { commitInfo, fetchHead, openMirror } from '@plimsoll/git'
import { gitHttpServer } from '@plimsoll/harness'
import type { FileContent } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import { storePaths } from './store-objects.ts'
import { openSweeper } from './sweep-objects.ts'

const day = 86_400_000

/** A repository whose commits are stored, with or without a record of them, and swept. */
async function setUp(stack: AsyncDisposableStack) {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll test-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const server = stack.use(await gitHttpServer())
  const log = stack.use(await freshLog())
  const repository = await server.createRepository('shop')
  const remote = { url: server.url('shop'), branch: 'main' }
  const mirror = stack.use(await openMirror({ dir: join(folder, 'shop'), remote }))
  const seal = sealKey(randomBytes(32), 'repository:shop')
  const stream = repositoryStream('shop')

  const store = async (tree: string, name = 'shop') =>
    storePaths({ log, seal, repository: name, beside: 'shop', mirror }, tree, [{ path: 'k8s', known: null }])
  let version = 0
  const push = async (files: Readonly<Record<string, FileContent>>) => {
    const commit = await repository.commit(files, 'next')
    await fetchHead(mirror, commit)
    const { tree } = commitInfo(mirror, commit)
    const at = (path: string) => repository.git('rev-parse', `${commit}:${path}`)
    return { commit, tree, at }
  }
  const observe = async ({ commit, tree }: { readonly commit: string; readonly tree: string }) => {
    await store(tree)
    const data = { revision: commit, tree, message: '', author: '', committed_at: '2026-11-23T07:00:00Z' }
    await append(log, {
      stream,
      expectedVersion: version++,
      events: [repositoryDecider.encode({ type: 'RevisionObserved', data })],
      cause: { commandId: randomUUID(), actor: 'test' },
    })
  }
  const isKept = async (oid: string) => (await getGitObjects(log, 'shop', [oid], seal)).has(oid)

  const sweep = async (count: number, at: number, bounds: { readonly objectsAtMost?: number } = {}) => {
    const policy = { ageMs: day, count }
    const marked = await openSweeper({ log, sealOf: () => seal, policy, firstAfterMs: 0, ...bounds })(
      'shop',
      stream,
      at,
    )
    await inTransaction(log, async (tx) => marked?.(tx))
    return marked !== undefined
  }
  return { log, push, store, observe, isKept, sweep }
}

test('Git objects that no kept revision leads to go, and what stays is whole', async () => {
  await using stack = new AsyncDisposableStack()
  const { log, push, store, observe, isKept, sweep } = await setUp(stack)
  const first = await push({ 'k8s/web/a.yaml': 'a: 1', 'k8s/db/b.yaml': 'b: 1', 'k8s/old/c.yaml': 'c: 1' })
  await observe(first)
  const second = await push({ 'k8s/web/a.yaml': 'a: 2', 'k8s/db/b.yaml': 'b: 1', 'k8s/old/c.yaml': null })
  await observe(second)
  const old = await Promise.all(['k8s', 'k8s/web', 'k8s/web/a.yaml', 'k8s/old/c.yaml'].map(first.at))
  const shared = await Promise.all(['k8s/db', 'k8s/db/b.yaml'].map(first.at))
  const now = await Promise.all(['k8s', 'k8s/web', 'k8s/web/a.yaml'].map(second.at))

  const inAYear = Date.now() + 365 * day
  await sweep(2, inAYear)
  await sweep(1, Date.now() + day / 2)
  expect(await Promise.all([...old, ...shared, ...now].map(isKept))).not.toContain(false)

  // A preview of the first commit leans on what the branch had.
  await askForPaths(log, { repository: 'shop', revision: first.commit, stream: 'workflow-shop' }, ['k8s'])
  const preview = await push({ 'k8s/web/a.yaml': 'a: 1', 'k8s/new.yaml': 'n: 1' })
  await store(preview.tree, previewStore('shop', first.commit))
  await sweep(1, inAYear)
  expect(await isKept(old[2] ?? '')).toBe(true)
  expect(await isKept(old[3] ?? '')).toBe(false)
  await log.db.deleteFrom('previewed_path').execute()
  await sweep(1, inAYear)
  expect(await Promise.all(old.map(isKept))).toEqual([false, false, false, false])
  expect(await Promise.all([...shared, ...now].map(isKept))).not.toContain(false)

  // What comes back is stored again as a whole.
  const again = await push({ 'k8s/web/a.yaml': 'a: 1', 'k8s/new.yaml': null, 'k8s/old/c.yaml': 'c: 1' })
  await observe(again)
  expect(await Promise.all(old.map(isKept))).not.toContain(false)
})

test('what was stored before a crash stays whole, and can be taken up when its commit comes again', async () => {
  await using stack = new AsyncDisposableStack()
  const { log, push, store, observe, isKept, sweep } = await setUp(stack)
  await observe(await push({ 'k8s/web/a.yaml': 'a: 1', 'k8s/old/c.yaml': 'c: 1' }))
  await observe(await push({ 'k8s/old/c.yaml': null }))
  const inTwoDays = Date.now() + 2 * day
  // Stored, leaning on what is old; then the poller is killed, and the branch is set back.
  const lost = await push({ 'k8s/old/c.yaml': 'c: 1', 'k8s/new.yaml': 'n: 1' })
  const { now: before } = await log.db
    .selectNoFrom((eb) => eb.fn<Date>('clock_timestamp').as('now'))
    .executeTakeFirstOrThrow()
  await store(lost.tree)
  const later = { created_at: new Date(inTwoDays - day / 2) }
  await log.db.updateTable('git_object').set(later).where('created_at', '>', before).execute()
  const whole = await Promise.all(['k8s', 'k8s/old', 'k8s/old/c.yaml', 'k8s/new.yaml'].map(lost.at))
  await sweep(1, inTwoDays)
  expect(await Promise.all(whole.map(isKept))).not.toContain(false)
  await sweep(1, Date.now() + 365 * day)
  expect(await isKept(whole[0] ?? '')).toBe(false)
  await observe(lost)
  expect(await Promise.all(whole.map(isKept))).not.toContain(false)
})

test('a repository that holds more than may be marked is left as it is', async () => {
  await using stack = new AsyncDisposableStack()
  const { push, observe, isKept, sweep } = await setUp(stack)
  const first = await push({ 'k8s/web/a.yaml': 'a: 1', 'k8s/db/b.yaml': 'b: 1' })
  await observe(first)
  const second = await push({ 'k8s/web/a.yaml': 'a: 2' })
  await observe(second)
  const old = await first.at('k8s/web/a.yaml')
  const inAYear = Date.now() + 365 * day
  // Of the newest commit: the root, `k8s`, and below it two folders with a file each.
  const holds = 6
  expect(await sweep(1, inAYear, { objectsAtMost: holds - 1 })).toBe(false)
  // Trees that are young are too many by themselves.
  expect(await sweep(1, Date.now(), { objectsAtMost: 1 })).toBe(false)
  expect(await isKept(old)).toBe(true)
  expect(await sweep(1, inAYear, { objectsAtMost: holds })).toBe(true)
  expect(await isKept(old)).toBe(false)
})
