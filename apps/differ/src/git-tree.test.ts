import { InvalidTreeError } from '@plimsoll/git'
import { beforeAll, expect, test } from 'vitest'
import { gitObjects } from '../test/git-objects.ts'
import type { GitObjects } from '../test/git-objects.ts'
import { listFiles, NotStoredError, readBodies, resolveTree, TreeTooLargeError } from './git-tree.ts'
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

test('the tree at a path is found step by step', async () => {
  expect(await resolveTree(git.read, git.root, '.')).toBe(git.root)
  expect(await resolveTree(git.read, git.root, 'k8s')).toBe(git.at('k8s'))
  expect(await resolveTree(git.read, git.root, 'k8s/überall')).toBe(git.at('k8s/überall'))
})

test.each(['nowhere', 'k8s/nowhere/deeper', 'README.md', 'k8s/web.yaml', 'k8s/module', 'k8s/link.yaml/x', 'K8S'])(
  'there is no folder %s',
  async (path) => {
    expect(await resolveTree(git.read, git.root, path)).toBeUndefined()
  },
)

test('all files below a tree are listed with their paths and modes, by one read per level', async () => {
  git.asked.length = 0
  const files = await listFiles(git.read, git.at('k8s'))
  expect(files.map(({ path, mode }) => `${mode} ${path}`).toSorted()).toEqual([
    '100644 base/web.yaml',
    '100644 web.yaml',
    '100644 überall/eins.yaml',
    '120000 link.yaml',
    '160000 module',
  ])
  expect(git.asked).toHaveLength(2)
})

test('bodies are read by id, and one that is not stored is named', async () => {
  const web = git.at('k8s/web.yaml')
  expect(Buffer.from((await readBodies(git.read, [web])).get(web) ?? []).toString()).toBe('kind: Service')
  await expect(readBodies(git.read, [web, 'b'.repeat(40)])).rejects.toThrow(
    new NotStoredError(`blob ${'b'.repeat(40)} is not stored yet`),
  )
})

test('a tree that is not stored is told, wherever it lies', async () => {
  const read = git.without(git.at('k8s/base'))
  await expect(resolveTree(read, git.root, 'k8s/base/deeper')).rejects.toThrow(NotStoredError)
  await expect(listFiles(read, git.root)).rejects.toThrow(NotStoredError)
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
  await expect(listFiles(treeBomb(40, 100), '0'.repeat(40))).rejects.toThrow(TreeTooLargeError)
})

test('a tree that holds a name which no file may have is refused', async () => {
  const body = Buffer.concat([Buffer.from('100644 ../escape.yaml\0'), Buffer.alloc(20, 1)])
  const read: ReadGitObjects = async (oids) => new Map(oids.map((oid) => [oid, { oid, type: 'tree', body }]))
  await expect(listFiles(read, git.root)).rejects.toThrow(InvalidTreeError)
})
