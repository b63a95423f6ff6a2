import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getGitObjects, sealKey } from '@plimsoll/event-log'
import { commitInfo, fetchHead, openMirror } from '@plimsoll/git'
import { gitHttpServer } from '@plimsoll/harness'
import type { FileContent, GitHttpServer } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import { storePaths } from './store-objects.ts'
import type { ObjectStore, StoredPath } from './store-objects.ts'

type Files = Readonly<Record<string, FileContent>>
const stack = new AsyncDisposableStack()
let server: GitHttpServer
let log: ObjectStore['log']
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll test-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  server = stack.use(await gitHttpServer())
  log = stack.use(await freshLog())
})
afterAll(() => stack.disposeAsync())

const seal = sealKey(randomBytes(32), 'repository')

/** A repository with its mirror; `read` are the ids of all objects that were read from the mirror since it was emptied. */
async function setUp(name: string) {
  const repository = await server.createRepository(name)
  const remote = { url: server.url(name), branch: 'main' }
  const mirror = stack.use(await openMirror({ dir: join(folder, name), remote }))
  const read: string[] = []
  const find = (oid: string) => {
    read.push(oid)
    return mirror.store.find(oid)
  }
  const store: ObjectStore = { log, seal, repository: name, mirror: { ...mirror, store: { ...mirror.store, find } } }
  const push = async (files: Files) => {
    const commit = await repository.commit(files, 'next')
    await fetchHead(mirror, commit)
    const { tree } = commitInfo(mirror, commit)
    read.length = 0
    return { tree, at: (path: string) => repository.git('rev-parse', `${commit}:${path}`) }
  }
  const kept = async (oid: string) => (await getGitObjects(log, name, [oid], seal)).get(oid)
  return { store, push, read, kept }
}

const paths = (...names: readonly string[]): readonly StoredPath[] => names.map((path) => ({ path, known: null }))

test('folders and files are stored with the way to them, and nothing else', async () => {
  const { store, push, kept } = await setUp('paths')
  const { tree, at } = await push({
    'apps/web/overlay/kustomization.yaml': 'resources: [../base]',
    'apps/web/base/deep/a.yaml': 'a: 1',
    'values/prod.yaml': 'replicas: 3',
    'values/secret.yaml': 'never: asked for',
    link: { mode: '120000', content: 'values' },
    module: { mode: '160000', content: 'a'.repeat(40) },
  })
  const wanted = ['apps/web/overlay', 'values/prod.yaml', 'link', 'module', 'nowhere/a.yaml', 'values/prod.yaml/x']
  const ids = await storePaths(store, tree, paths(...wanted))
  expect(Object.fromEntries(ids)).toEqual({
    'apps/web/overlay': await at('apps/web/overlay'),
    'values/prod.yaml': await at('values/prod.yaml'),
    link: `120000 ${await at('link')}`,
    module: `160000 ${'a'.repeat(40)}`,
    'nowhere/a.yaml': '',
    'values/prod.yaml/x': '',
  })
  expect((await kept(await at('apps/web/overlay')))?.type).toBe('tree')
  expect((await kept(await at('apps/web/overlay/kustomization.yaml')))?.type).toBe('blob')
  expect(Buffer.from((await kept(await at('link')))?.body ?? []).toString()).toBe('values')
  for (const path of ['', 'apps', 'apps/web', 'values']) expect((await kept(await at(path)))?.type).toBe('way')
  for (const path of ['apps/web/base', 'values/secret.yaml']) expect(await kept(await at(path))).toBeUndefined()
})

test('a one-file commit among 10,000 files reads one file and the folders above it', async () => {
  const { store, push, read } = await setUp('many')
  const files = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, i) => [`app/part-${Math.floor(i / 100)}/object-${i}.yaml`, `object: ${i}`]),
  )
  const first = await push({ ...files, 'docs/a.md': 'a' })
  const ids = await storePaths(store, first.tree, paths('app'))
  expect(read).toHaveLength(1 + 1 + 100 + 10_000)
  const known = [{ path: 'app', known: ids.get('app') ?? '' }]
  const second = await push({ 'app/part-7/object-700.yaml': 'object: new' })
  await storePaths(store, second.tree, known)
  const names = ['', 'app', 'app/part-7', 'app/part-7/object-700.yaml']
  expect(read.toSorted()).toEqual((await Promise.all(names.map(second.at))).toSorted())
  const third = await push({ 'docs/a.md': 'b' })
  await storePaths(store, third.tree, [{ path: 'app', known: await second.at('app') }])
  expect(read).toEqual([await third.at('')])
})

test('a file that no manifest is as large as is named without its body', async () => {
  const { store, push, kept } = await setUp('large')
  const { tree, at } = await push({ 'k8s/model.bin': 'x'.repeat(17 * 1024 * 1024), 'k8s/a.yaml': 'a: 1' })
  await storePaths(store, tree, paths('k8s'))
  expect(await kept(await at('k8s/model.bin'))).toMatchObject({ type: 'large', body: Buffer.from('17825792') })
  expect((await kept(await at('k8s')))?.type).toBe('tree')
})

test('of a folder that holds too much only folders are stored, as a way', async () => {
  const { store, push, kept, read } = await setUp('much')
  const files = Object.fromEntries(Array.from({ length: 200_001 }, (_, i) => [`all/${i % 200}/${i}`, '']))
  const { tree, at } = await push(files)
  await storePaths(store, tree, paths('all'))
  expect((await kept(await at('all')))?.type).toBe('way')
  expect((await kept(await at('all/7')))?.type).toBe('way')
  expect(await kept(await at('all/7/7'))).toBeUndefined()
  expect(read).toHaveLength(1 + 1 + 200)
})
