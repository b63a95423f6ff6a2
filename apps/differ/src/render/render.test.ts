import { readFileSync } from 'node:fs'
import type { ManifestSet } from '@plimsoll/domain'
import type { RendererName } from '@plimsoll/manifests'
import { expect, test } from 'vitest'
import { gitObjects } from '../../test/git-objects.ts'
import type { GitObjects } from '../../test/git-objects.ts'
import { PlanFault } from '../plan-fault.ts'
import { render } from './render.ts'
import type { RenderOptions, ToolRenderer } from './render.ts'

const configMap = (name: string, value = 'x') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  key: ${value}\n`

type Options = Partial<RenderOptions> & { readonly renderer?: RendererName; readonly roots?: readonly string[] }

function rendered(git: GitObjects, { path = '.', renderer = 'plain', roots = [path], ...options }: Options = {}) {
  const entries = roots.map((root) => ({
    path: root,
    mode: root.includes('.') && root !== '.' ? '100644' : '40000',
    oid: root === '.' ? git.root : git.at(root),
  }))
  return render({
    read: git.read,
    sizes: async () => new Map(),
    source: { renderer, paths: roots, tree: 'key', roots: entries, remotes: [] },
    path,
    tool: async () => undefined,
    ageKeys: [],
    previous: undefined,
    hash: (text) => `digest of ${text}`,
    signal: AbortSignal.timeout(100_000),
    ...options,
  })
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
  const previous = await rendered(first, { path: 'old' })
  const second = await gitObjects({ 'new/z.yaml': configMap('a'), 'new/b.yaml': configMap('b', 'other') })
  const hashed: string[] = []
  const hash = (text: string) => `digest ${hashed.push(text)}`
  const set = await rendered(second, { path: 'new', previous, hash })
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
  const again = await rendered(git, { previous: { files: set.files } })
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
  const error = await rendered(git, { path: 'k8s' }).catch((thrown: unknown) => thrown)
  if (!(error instanceof PlanFault)) throw error
  expect(error.stage).toBe('render')
  const places = new Set(error.faults.map(({ where }) => where.split(':')[0]))
  expect(places).toEqual(new Set(['alias', 'bad', 'double', 'nameless', 'worse'].map((name) => `k8s/${name}.yaml`)))
  expect(JSON.stringify(error.faults).replaceAll(`*${canary}x`, '')).not.toContain(canary)
})

test('a commit of one file among 10,000 has only that file read and parsed', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, i) => [`app/part-${Math.floor(i / 100)}/object-${i}.yaml`, configMap(`o-${i}`)]),
  )
  const before = await gitObjects(files)
  const previous = await rendered(before, { path: 'app' })
  const one = 'app/part-7/object-700.yaml'
  const after = await gitObjects({ ...files, [one]: configMap('o-700', 'new'), 'docs/a.md': '' })
  const hashed: string[] = []
  const set = await rendered(after, { path: 'app', previous, hash: (text) => `digest ${hashed.push(text)}` })
  const trees = Array.from({ length: 100 }, (_, i) => after.at(`app/part-${i}`))
  expect(after.asked.flat().toSorted()).toEqual([after.at('app'), ...trees, after.at(one)].toSorted())
  expect(hashed).toHaveLength(1)
  expect(set.files).toHaveLength(10_000)
})

test('what has the same key is not rendered again: nothing is read but folders', async () => {
  const git = await gitObjects({ 'k8s/a.yaml': configMap('a'), 'k8s/README.md': 'one' })
  const previous = await rendered(git, { path: 'k8s' })
  const again = await gitObjects({ 'k8s/a.yaml': configMap('a'), 'k8s/README.md': 'two', 'k8s/notes/b.md': '' })
  expect(await rendered(again, { path: 'k8s', previous })).toBe(previous)
  expect(again.asked.flat()).toEqual([again.at('k8s'), again.at('k8s/notes')])
  const ignoring = await gitObjects({ 'k8s/a.yaml': configMap('a'), 'k8s/.plimsollignore': 'a.yaml' })
  expect((await rendered(ignoring, { path: 'k8s', previous })).files).toEqual([])
})

/** Makes one object of every file it is given. */
function tool(
  parameters = 'p',
  version = '1',
  hosts: readonly string[] = [],
): ToolRenderer & { readonly seen: string[][] } {
  const seen: string[][] = []
  return {
    version,
    parameters,
    hosts,
    seen,
    render: async (files) => {
      seen.push([...files.keys()])
      const objects = [...files].map(([path, body]) => ({
        object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: path }, data: { body: String(body) } },
        file: path,
        line: 0,
        blob: '',
      }))
      return { objects, hooks: [] }
    },
  }
}

test('a program gets the roots and nothing else, and is run again only for another outcome', async () => {
  const files = {
    'base/kustomization.yaml': 'k',
    'overlay/kustomization.yaml': 'o',
    'overlay/notes.md': 'n',
    'overlay/.plimsollignore': '*.md',
    'values/prod.yaml': 'v',
    'values/other.yaml': 'never',
    'docs/a.md': '',
  }
  const roots = ['base', 'overlay', 'values/prod.yaml']
  const git = await gitObjects(files)
  const one = tool()
  const options = { path: 'overlay', renderer: 'kustomize', roots } as const
  const set = await rendered(git, { ...options, tool: async () => one })
  expect(one.seen).toEqual([
    ['base/kustomization.yaml', 'overlay/.plimsollignore', 'overlay/kustomization.yaml', 'values/prod.yaml'],
  ])
  expect(set.files.map(({ path }) => path)).toEqual(one.seen[0])
  const renderAgain = async (changed: Readonly<Record<string, string>>, used = tool()) => {
    const next = await gitObjects({ ...files, ...changed })
    const again = await rendered(next, { ...options, previous: set, tool: async () => used })
    return again === set ? 'the same' : `rendered ${used.seen.length}`
  }
  expect(await renderAgain({ 'docs/a.md': 'b', 'overlay/notes.md': 'm', 'values/other.yaml': '' })).toBe('the same')
  expect(await renderAgain({ 'base/kustomization.yaml': 'k2' })).toBe('rendered 1')
  expect(await renderAgain({ 'base/new.yaml': '' })).toBe('rendered 1')
  expect(await renderAgain({}, tool('other'))).toBe('rendered 1')
  expect(await renderAgain({}, tool('p', '2'))).toBe('rendered 1')
})

test('what a program may fetch counts where it may fetch anything, and fetched files come again with the next change', async () => {
  const files = { 'kustomization.yaml': 'k', 'docs/a.md': '' }
  const renderWith = async (previous: ManifestSet | undefined, hosts: readonly string[], changed = {}) => {
    const used = tool('p', '1', hosts)
    const git = await gitObjects({ ...files, ...changed })
    return await rendered(git, { renderer: 'kustomize', previous, tool: async () => used })
  }
  const none = await renderWith(undefined, [])
  const some = await renderWith(none, ['a.example'])
  expect(some).not.toBe(none)
  expect(await renderWith(some, ['a.example'])).toBe(some)
  expect(await renderWith(some, ['a.example', 'b.example'])).not.toBe(some)
  expect(await renderWith(some, ['a.example'], { 'kustomization.yaml': 'k2' })).not.toBe(some)
})

test('without the program it is said so', async () => {
  const git = await gitObjects({ 'Chart.yaml': 'name: c' })
  await expect(rendered(git, { renderer: 'helm' })).rejects.toThrow(/helm is not to be had/u)
})

const sops = (name: string) =>
  readFileSync(new URL(`../../../../libs/manifests/testdata/sops/${name}`, import.meta.url), 'utf8')
const ageKey = (name: string) => /^AGE-SECRET-KEY-.*$/m.exec(sops(`key-${name}.txt`))?.[0] ?? ''

test('an encrypted file renders with a key, is told apart by what was encrypted, and is an error without', async () => {
  const git = await gitObjects({ 'secret.enc.yaml': sops('secret.enc.yaml'), 'open.yaml': configMap('open') })
  const set = await rendered(git, { ageKeys: [ageKey('one')] })
  const [open, secret] = set.files.map(({ objects }) => objects[0])
  expect(secret).toMatchObject({
    object: { stringData: { pin: '4711' } },
    sensitive: ['/stringData/username', '/stringData/password', '/stringData/pin'],
  })
  expect(open).not.toHaveProperty('sensitive')
  const fault = await rendered(git).catch((error: unknown) => error)
  expect(fault).toBeInstanceOf(PlanFault)
  expect((fault as PlanFault).faults).toMatchObject([
    { where: 'secret.enc.yaml', because: expect.stringContaining('the workflow has no age key') },
  ])
})

test('what was decrypted before is not used without its key, and is with it', async () => {
  const git = await gitObjects({ 'secret.enc.yaml': sops('two-recipients.enc.yaml') })
  const previous = await rendered(git, { ageKeys: [ageKey('one')] })
  expect(await rendered(git, { ageKeys: [ageKey('one')], previous })).toBe(previous)
  await expect(rendered(git, { ageKeys: [], previous })).rejects.toBeInstanceOf(PlanFault)
  await expect(rendered(git, { ageKeys: [ageKey('other')], previous })).rejects.toBeInstanceOf(PlanFault)
  const again = await rendered(git, { ageKeys: [ageKey('two')], previous })
  expect(again.files).toEqual(previous.files)
})

test('a key that comes or goes changes nothing where nothing is encrypted', async () => {
  const git = await gitObjects({ 'a.yaml': configMap('a') })
  const previous = await rendered(git, { ageKeys: [ageKey('one')] })
  expect(await rendered(git, { ageKeys: [], previous })).toBe(previous)
})

test('ciphertext without the metadata of SOPS is an error, never a manifest', async () => {
  const torn = sops('secret.enc.yaml').replace(/^sops:\n(?: .*\n)*/m, '')
  const git = await gitObjects({ 'secret.yaml': torn })
  const fault = await rendered(git, { ageKeys: [ageKey('one')] }).catch((error: unknown) => error)
  expect((fault as PlanFault).faults).toMatchObject([
    { where: expect.stringContaining('secret.yaml:'), because: expect.stringContaining('/stringData/username') },
  ])
})

test('a program gets files decrypted, what it makes of them is sensitive, and what it says of them is hidden', async () => {
  const git = await gitObjects({ 'login.enc.env': sops('login.enc.env'), 'kustomization.yaml': 'x' })
  const seen: string[] = []
  const tool = (fails: boolean): ToolRenderer => ({
    version: '1',
    parameters: null,
    hosts: [],
    render: async (files) => {
      const text = Buffer.from(files.get('login.enc.env') ?? '').toString()
      seen.push(text)
      if (fails) return [{ file: 'kustomization.yaml', line: 0, message: `cannot use ${text}`, try: 'mend it' }]
      const data = { url: `db://shop:${/PASSWORD=(.*)/.exec(text)?.[1]}@db`, open: 'x' }
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data }
      return { objects: [{ object, file: 'kustomization.yaml', line: 0, blob: '' }], hooks: [] }
    },
  })
  const options = { renderer: 'kustomize', ageKeys: [ageKey('one')] } as const
  const set = await rendered(git, { ...options, tool: async () => tool(false) })
  expect(seen[0]).toContain('PASSWORD=correct=horse')
  expect(set.files[0]?.objects[0]?.sensitive).toEqual(['/data/url'])
  const fault = await rendered(git, { ...options, tool: async () => tool(true) }).catch((error: unknown) => error)
  expect(String((fault as PlanFault).faults[0]?.because)).toMatch(/^cannot use/)
  expect(JSON.stringify((fault as PlanFault).faults)).not.toMatch(/correct=horse|5432/)
})
