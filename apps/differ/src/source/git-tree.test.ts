import { InvalidTreeError } from '@plimsoll/git'
import { beforeAll, expect, test } from 'vitest'
import { gitObjects } from '../../test/git-objects.ts'
import type { GitObjects } from '../../test/git-objects.ts'
import { listFiles, NotStoredError, readBodies, sourceTree, TreeTooLargeError } from './git-tree.ts'
import type { ReadGitObjects } from './git-tree.ts'

let git: GitObjects
beforeAll(async () => {
  git = await gitObjects({
    'README.md': '# shop',
    'k8s/web.yaml': 'kind: Service',
    'k8s/überall/eins.yaml': 'kind: ConfigMap',
    'k8s/base/web.yaml': 'kind: Service',
    'k8s/link.yaml': { mode: '120000', content: 'web.yaml' },
    'k8s/module': { mode: '160000', content: 'a'.repeat(40) },
  })
})

const paths = async (...wanted: readonly string[]) => {
  const { found, stopped } = await sourceTree(git.read, git.root).find(wanted)
  return { found: Object.fromEntries(found), stopped: Object.fromEntries(stopped) }
}
const folder = (path: string) => ({ mode: '40000', oid: path === '.' ? git.root : git.at(path) })
const root = (path: string) => ({ path, ...folder(path) })

test('what lies at paths is found by one read per level, however many paths', async () => {
  git.asked.length = 0
  expect(await paths('.', 'k8s', 'k8s/überall', 'k8s/überall/eins.yaml', 'k8s/link.yaml', 'k8s/module')).toEqual({
    found: {
      '.': folder('.'),
      k8s: folder('k8s'),
      'k8s/überall': folder('k8s/überall'),
      'k8s/überall/eins.yaml': { mode: '100644', oid: git.at('k8s/überall/eins.yaml') },
      'k8s/link.yaml': { mode: '120000', oid: git.at('k8s/link.yaml') },
      'k8s/module': { mode: '160000', oid: 'a'.repeat(40) },
    },
    stopped: {},
  })
  expect(git.asked).toEqual([[git.root], [git.at('k8s')], [git.at('k8s/überall')]])
})

test('what is missing is not found, and a way that ends early says at what', async () => {
  expect(await paths('nowhere', 'k8s/nowhere/deeper', 'K8S')).toEqual({ found: {}, stopped: {} })
  const { stopped } = await paths('README.md/x', 'k8s/web.yaml/a/b', 'k8s/module/a', 'k8s/link.yaml/x')
  expect(Object.entries(stopped).map(([path, { mode, at }]) => `${path}: ${mode} ${at}`)).toEqual([
    'README.md/x: 100644 README.md',
    'k8s/web.yaml/a/b: 100644 k8s/web.yaml',
    'k8s/module/a: 160000 k8s/module',
    'k8s/link.yaml/x: 120000 k8s/link.yaml',
  ])
})

test('folders are listed by name', async () => {
  const lists = await sourceTree(git.read, git.root).list(['k8s/base', 'nowhere'])
  expect([...lists].map(([path, entries]) => [path, [...entries.keys()]])).toEqual([
    ['k8s/base', ['web.yaml']],
    ['nowhere', []],
  ])
})

test('all files below roots are listed with their paths and modes, by one read per level', async () => {
  git.asked.length = 0
  const readme = { path: 'README.md', mode: '100644', oid: git.at('README.md') }
  const files = await listFiles(git.read, [root('k8s'), readme])
  expect(files.map(({ path, mode }) => `${mode} ${path}`).toSorted()).toEqual([
    '100644 README.md',
    '100644 k8s/base/web.yaml',
    '100644 k8s/web.yaml',
    '100644 k8s/überall/eins.yaml',
    '120000 k8s/link.yaml',
    '160000 k8s/module',
  ])
  expect(git.asked).toHaveLength(2)
  expect((await listFiles(git.read, [root('.')])).map(({ path }) => path)).toContain('k8s/base/web.yaml')
})

test('bodies are read by id; of what is too large to be kept there is none', async () => {
  const web = git.at('k8s/web.yaml')
  const bodies = await readBodies(git.read, [web], ['k8s'])
  expect(Buffer.from(bodies.get(web) ?? []).toString()).toBe('kind: Service')
  const large: ReadGitObjects = async (oids) =>
    new Map(oids.map((oid) => [oid, { oid, type: 'large', body: Buffer.from('99999999') }]))
  expect(await readBodies(large, [web], ['k8s'])).toEqual(new Map())
})

test('what is not stored is told by the paths to ask for', async () => {
  const asking = async (read: Promise<unknown>) =>
    read.then(
      () => 'stored',
      (error: unknown) => (error instanceof NotStoredError ? error.paths : error),
    )
  const withoutBase = git.without(git.at('k8s/base'))
  const source = sourceTree(withoutBase, git.root)
  expect(await asking(source.find(['k8s/base']))).toBe('stored')
  expect(await asking(source.find(['k8s/base/deeper', 'k8s/base/other', 'README.md']))).toEqual([
    'k8s/base/deeper',
    'k8s/base/other',
  ])
  expect(await asking(source.list(['k8s/base', 'k8s']))).toEqual(['k8s/base'])
  expect(await asking(listFiles(withoutBase, [root('k8s/überall'), root('k8s')]))).toEqual(['k8s'])
  const oid = git.at('k8s/base/web.yaml')
  const withoutWeb = sourceTree(git.without(oid), git.root)
  expect(await asking(withoutWeb.read([{ oid, below: 'k8s/base' }]))).toEqual(['k8s/base'])
  expect(await asking(readBodies(git.without(oid), [oid], ['k8s']))).toEqual(['k8s'])
  expect(await asking(sourceTree(git.without(git.root), git.root).find(['a', 'b']))).toEqual(['a', 'b'])
})

/** Trees within trees: each holds the next one many times, which costs its author next to nothing. */
function treeBomb(levels: number, width: number): ReadGitObjects {
  const oidOf = (level: number) => String(level).padStart(40, '0')
  const body = (level: number) =>
    Buffer.concat(
      Array.from({ length: width }, (_, index) =>
        Buffer.concat([
          Buffer.from(`40000 d${String(index).padStart(6, '0')}\0`),
          Buffer.from(oidOf(level + 1), 'hex'),
        ]),
      ),
    )
  return async (oids) =>
    new Map(
      oids.map((oid) => {
        const level = Number(oid)
        return [oid, { oid, type: 'tree', body: level < levels ? body(level) : Buffer.of() }]
      }),
    )
}

test('trees within trees are not unfolded without end', async () => {
  await expect(listFiles(treeBomb(40, 100), [{ path: '.', mode: '40000', oid: '0'.repeat(40) }])).rejects.toThrow(
    TreeTooLargeError,
  )
})

test('a tree that holds a name which no file may have is refused', async () => {
  const body = Buffer.concat([Buffer.from('100644 ../escape.yaml\0'), Buffer.alloc(20, 1)])
  const read: ReadGitObjects = async (oids) => new Map(oids.map((oid) => [oid, { oid, type: 'tree', body }]))
  await expect(listFiles(read, [root('.')])).rejects.toThrow(InvalidTreeError)
})
