import { defaultSource } from '@plimsoll/domain'
import type { SourceConfig } from '@plimsoll/domain'
import { expect, test } from 'vitest'
import { gitObjects } from '../../test/git-objects.ts'
import type { GitObjects } from '../../test/git-objects.ts'
import { findSource, sourceKey } from './find-source.ts'
import { NotStoredError } from './git-tree.ts'

const files = {
  'base/kustomization.yaml': 'resources: [web.yaml]',
  'base/web.yaml': 'kind: Service',
  'overlays/a/kustomization.yaml': 'resources: [../../base]',
  'overlays/b/kustomization.yaml': 'resources: [../../base]',
  'charts/app/Chart.yaml': 'name: app\ndependencies:\n- {name: lib, repository: "file://../lib"}',
  'charts/lib/Chart.yaml': 'name: lib',
  'values/prod.yaml': 'replicas: 3',
  'plain/a.yaml': 'kind: Service',
  'docs/a.md': 'hello',
}

const found = (git: Pick<GitObjects, 'read' | 'root'>, target: string, source: Partial<SourceConfig> = {}) =>
  findSource(
    git.read,
    { revision: 'c0ffee', tree: git.root },
    { target_path: target, source: { ...defaultSource, ...source } },
  )

const chart = { helm: { ...defaultSource.helm, values_files: ['../../values/prod.yaml'] } }

test('a single folder is told by its Git id, as ever', async () => {
  const git = await gitObjects(files)
  const { source, fault } = await found(git, 'plain')
  expect(fault).toBeUndefined()
  expect(source).toEqual({
    renderer: 'plain',
    paths: ['plain'],
    tree: git.at('plain'),
    roots: [{ path: 'plain', mode: '40000', oid: git.at('plain') }],
    remotes: [],
  })
})

test('several roots are told by one key, which another commit has exactly if nothing changed there', async () => {
  const git = await gitObjects(files)
  const a = (await found(git, 'overlays/a')).source
  const app = (await found(git, 'charts/app', chart)).source
  expect(a).toMatchObject({ renderer: 'kustomize', paths: ['base', 'overlays/a'] })
  expect(app).toMatchObject({ renderer: 'helm', paths: ['charts/app', 'charts/lib', 'values/prod.yaml'] })
  const changes = async (changed: Readonly<Record<string, string | null>>) => {
    const next = await gitObjects({ ...files, ...changed } as never)
    const keys = await Promise.all([a, app].map(({ paths }) => sourceKey(next.read, next.root, paths)))
    return [keys[0] === a.tree ? '' : 'overlay', keys[1] === app.tree ? '' : 'chart'].join('')
  }
  expect(await changes({})).toBe('')
  expect(await changes({ 'docs/a.md': 'b', 'overlays/b/x.yaml': '', 'values/other.yaml': '' })).toBe('')
  expect(await changes({ 'base/web.yaml': 'kind: Other' })).toBe('overlay')
  expect(await changes({ 'overlays/a/new.yaml': '' })).toBe('overlay')
  expect(await changes({ 'charts/lib/values.yaml': '' })).toBe('chart')
  expect(await changes({ 'values/prod.yaml': 'replicas: 4' })).toBe('chart')
})

test('a key tells a missing path from one that is there, and one path from another', async () => {
  const git = await gitObjects({ 'a/x.yaml': 'x', 'b/x.yaml': 'x' })
  const key = (...paths: readonly string[]) => sourceKey(git.read, git.root, paths)
  expect(await key('gone')).toBeNull()
  expect(await key('a')).toBe(git.at('a'))
  expect(await key('a/x.yaml')).toBe(git.at('a/x.yaml'))
  expect(new Set(await Promise.all([key('a', 'gone'), key('b', 'gone'), key('a', 'b'), key('a', 'c')])).size).toBe(4)
  expect(await key('b', 'a')).toBe(await key('a', 'b'))
})

test.each([
  ['is missing', 'nowhere', 'the target path is missing', 'revision c0ffee has no folder nowhere'],
  ['is a file', 'plain/a.yaml', 'the target path is no folder', 'plain/a.yaml is a file'],
  ['lies in a file', 'plain/a.yaml/x', 'the target path is no folder', 'plain/a.yaml is a file'],
  ['is a symbolic link', 'link', 'the target path is no folder', 'link is a symbolic link'],
  ['lies behind a symbolic link', 'link/x', 'the target path is no folder', 'link is a symbolic link'],
  ['is a submodule', 'module', 'the target path is no folder', 'module is a submodule'],
])('a target path that %s is told', async (_how, target, what, because) => {
  const git = await gitObjects({
    ...files,
    link: { mode: '120000', content: 'plain' },
    module: { mode: '160000', content: 'a'.repeat(40) },
  })
  const { source, fault } = await found(git, target)
  expect(fault).toMatchObject({ stage: 'source', faults: [{ what, where: target }] })
  expect(fault?.faults[0]?.because).toContain(because)
  expect(source.paths).toEqual([target])
  // What makes it a folder changes the key.
  expect(source.tree).toBe(await sourceKey(git.read, git.root, [target]))
})

test('a reference that leads nowhere is told with its place, and watched', async () => {
  const git = await gitObjects({ 'o/kustomization.yaml': 'resources:\n- ../gone\n' })
  const { source, fault } = await found(git, 'o')
  expect(fault).toMatchObject({
    stage: 'render',
    faults: [{ where: 'o/kustomization.yaml:2', because: 'there is nothing at gone in the repository' }],
  })
  expect(source.paths).toEqual(['gone', 'o'])
  const mended = await gitObjects({ 'o/kustomization.yaml': 'resources:\n- ../gone\n', 'gone/a.yaml': '' })
  expect(await sourceKey(mended.read, mended.root, source.paths)).not.toBe(source.tree)
})

test('what is not stored yet is asked for, all of one step at once', async () => {
  const text = 'resources: [../base, ../plain/a.yaml, ../charts/app]'
  const git = await gitObjects({ ...files, 'o/kustomization.yaml': text })
  const unstored = new Set(['base', 'charts/app', 'plain/a.yaml'].map(git.at))
  const read: GitObjects['read'] = async (oids) => git.read(oids.filter((oid) => !unstored.has(oid)))
  const error = await found({ read, root: git.root }, 'o').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(NotStoredError)
  expect((error as NotStoredError).paths).toEqual(['base', 'charts/app'])
})

test('a folder that cannot be read is looked at again with whatever commit', async () => {
  const git = await gitObjects(files)
  const body = Buffer.concat([Buffer.from('100644 ../escape.yaml\0'), Buffer.alloc(20, 1)])
  const read: GitObjects['read'] = async (oids) => {
    const objects = new Map(await git.read(oids))
    const oid = git.at('base')
    if (objects.has(oid)) objects.set(oid, { oid, type: 'tree', body })
    return objects
  }
  const { source, fault } = await found({ read, root: git.root }, 'overlays/a')
  expect(fault?.faults[0]?.what).toBe('the folder cannot be read')
  expect(source).toMatchObject({ paths: ['.'], tree: git.root })
  expect(await sourceKey(read, git.root, ['base/x', 'overlays/a'])).toBeNull()
})

test('what is fetched is found where its host is allowed, and else a fault by file and line', async () => {
  const url = 'https://git.example.com/org/bases//web?ref=v1'
  const git = await gitObjects({ 'o/kustomization.yaml': `resources:\n- ${url}\n` })
  const find = (hosts: readonly string[]) =>
    findSource(git.read, { revision: 'c0ffee', tree: git.root }, { target_path: 'o', source: defaultSource }, hosts)
  const { source, fault } = await find(['git.example.com'])
  expect(fault).toBeUndefined()
  expect(source).toMatchObject({
    renderer: 'kustomize',
    paths: ['o'],
    remotes: [{ file: 'o/kustomization.yaml', line: 2, text: url, git: true }],
  })
  expect((await find(['*.git.example.com'])).fault?.faults).toMatchObject([
    { where: 'o/kustomization.yaml:2', try: expect.stringContaining('PLIMSOLL_RENDER_HOSTS') as string },
  ])
})
