import { expect, test } from 'vitest'
import { gitObjects } from '../test/git-objects.ts'
import type { GitObjects } from '../test/git-objects.ts'
import { PlanFault } from './plan-fault.ts'
import { render } from './render.ts'
import type { RenderOptions } from './render.ts'

const configMap = (name: string, value = 'x') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  key: ${value}\n`

function rendered(git: GitObjects, options: Partial<RenderOptions> = {}) {
  const { read, root: tree } = git
  const signal = AbortSignal.timeout(20_000)
  return render({ read, tree, path: '.', previous: undefined, hash: (text) => `digest of ${text}`, signal, ...options })
}

test('a tree renders to its objects by file, with their lines and a digest of what Git declares', async () => {
  const git = await gitObjects({
    'b.yaml': `# two\n${configMap('b')}---\n${configMap('c')}`,
    'a.json': '{"kind":"ConfigMap","metadata":{"name":"a"},"apiVersion":"v1"}',
    'empty.yaml': '# nothing',
    'README.md': 'no manifest',
  })
  const { files } = await rendered(git)
  expect(files.map(({ path, blob }) => [path, blob])).toEqual([
    ['a.json', git.at('a.json')],
    ['b.yaml', git.at('b.yaml')],
  ])
  expect(files.flatMap(({ objects }) => objects.map(({ object, line }) => `${object.metadata.name}:${line}`))).toEqual([
    'a:1',
    'b:2',
    'c:9',
  ])
  expect(files[0]?.objects[0]?.digest).toBe('digest of {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}')
})

test('what was rendered before is neither read nor parsed again, also where it has moved', async () => {
  const first = await gitObjects({ 'old/a.yaml': configMap('a'), 'old/b.yaml': configMap('b') })
  const previous = await rendered(first, { tree: first.at('old'), path: 'old' })
  const second = await gitObjects({ 'new/z.yaml': configMap('a'), 'new/b.yaml': configMap('b', 'other') })
  const hashed: string[] = []
  const hash = (text: string) => `digest ${hashed.push(text)}`
  const set = await rendered(second, { tree: second.at('new'), path: 'new', previous, hash })
  expect(second.asked.flat()).not.toContain(second.at('new/z.yaml'))
  expect(second.asked.flat()).toContain(second.at('new/b.yaml'))
  expect(hashed).toHaveLength(1)
  expect(set.files.map(({ path }) => path)).toEqual(['new/b.yaml', 'new/z.yaml'])
  expect(set.files[1]?.objects).toEqual(previous.files[0]?.objects)
})

test('the same file at two paths is at both', async () => {
  const git = await gitObjects({ 'a.yaml': configMap('a'), 'b/a.yaml': configMap('a') })
  const set = await rendered(git)
  expect(set.files.map(({ path }) => path)).toEqual(['a.yaml', 'b/a.yaml'])
  const again = await rendered(git, { previous: set })
  expect(again).toEqual(set)
})

test('what is wrong is told with its place in the repository, and without the values of a Secret', async () => {
  const canary = 'hunter2-canary'
  const git = await gitObjects({
    'k8s/bad.yaml': `apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: ${canary}\n  password: "${canary}\n`,
    'k8s/worse.yaml': `kind: Secret\nstringData: {a: ${canary}, b: [${canary}}\n`,
    'k8s/double.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {name: t}\nstringData:\n  a: ${canary}\n  a: ${canary}\n`,
    'k8s/nameless.yaml': `apiVersion: v1\nkind: Secret\nstringData: {a: ${canary}}\n`,
    'k8s/alias.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {name: u}\nstringData: {a: *${canary}x}\ndata: !${canary} x\n`,
  })
  const error = await rendered(git, { tree: git.at('k8s'), path: 'k8s' }).catch((thrown: unknown) => thrown)
  if (!(error instanceof PlanFault)) throw error
  expect(error.stage).toBe('render')
  const places = new Set(error.faults.map(({ where }) => where.split(':')[0]))
  expect(places).toEqual(new Set(['alias', 'bad', 'double', 'nameless', 'worse'].map((name) => `k8s/${name}.yaml`)))
  expect(JSON.stringify(error.faults).replaceAll(`*${canary}x`, '')).not.toContain(canary)
})
