import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readWorkspace } from './read-workspace.ts'
import type { Manifest, Package } from './read-workspace.ts'
import { violations } from './violations.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

test('every package and every import follows the architecture', () => {
  const workspace = readWorkspace(root)
  expect(workspace.packages.map(({ folder }) => folder)).toContain('libs/domain')
  expect(violations(workspace)).toEqual([])
})

// What follows breaks each rule in a small workspace that is only text.
const layers = {
  'libs/domain': 'domain',
  'libs/git': 'adapter',
  'libs/jetstream': 'adapter',
  'libs/runtime': 'runtime',
  'libs/proto': 'contract',
  'libs/sdk': 'sdk',
  'libs/service': 'service',
  'apps/poller': 'app',
  'apps/differ': 'app',
  'apps/cli': 'app',
  'test/harness': 'test',
} as const

type Folder = keyof typeof layers
type Change = { readonly manifest?: Partial<Manifest>; readonly files?: Readonly<Record<string, string>> }

const version = '0.1.0'
const nameOf = (folder: string) => folder.replace(/^\w+/, '@plimsoll')
const shared = { vitest: '5.1.1', 'fast-check': '4.10.2' }

/** A sound workspace in which one package is changed. */
function broken(folder: Folder, { manifest, files = {} }: Change): string[] {
  const packages = Object.entries(layers).map(([at, layer]): Package => {
    const sound = { name: nameOf(at), exports: './src/index.ts', nx: { tags: [`layer:${layer}`] } }
    const index: [string, string] = ['src/index.ts', 'export const it = 1']
    return at === folder
      ? { folder: at, manifest: { ...sound, ...manifest }, files: new Map([index, ...Object.entries(files)]) }
      : { folder: at, manifest: sound, files: new Map([index]) }
  })
  return violations({ packages, shared, stray: [] })
}

/** A module that imports what its package declares: in dependencies, or as `declared` says. */
function importing(from: Folder, specifier: string, path = 'src/it.ts', declared = 'dependencies'): string[] {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  return broken(from, {
    manifest: { [declared]: { [name]: version } },
    files: { [path]: `import { it } from '${specifier}'` },
  })
}

test('a sound workspace has no violation', () => {
  expect(broken('libs/git', {})).toEqual([])
})

const ours = Object.keys(layers) as Folder[]
const allowed: Readonly<Partial<Record<Folder, readonly Folder[]>>> = {
  'libs/git': ['libs/domain'],
  'libs/sdk': ['libs/proto'],
  'libs/service': ['libs/domain', 'libs/git', 'libs/jetstream', 'libs/runtime'],
  'apps/poller': [
    'libs/domain',
    'libs/git',
    'libs/jetstream',
    'libs/runtime',
    'libs/proto',
    'libs/sdk',
    'libs/service',
  ],
  'apps/cli': ours.filter((folder) => folder !== 'apps/cli' && folder !== 'test/harness'),
  'test/harness': ours.filter((folder) => folder !== 'test/harness'),
}
const pairs = ours
  .filter((from) => from !== 'libs/jetstream' && from !== 'apps/differ')
  .flatMap((from) => ours.map((to) => ({ from, to, may: allowed[from]?.includes(to) ?? false })))

test.each(pairs)('$from importing $to is allowed: $may', ({ from, to, may }) => {
  expect(importing(from, nameOf(to))).toHaveLength(may ? 0 : 1)
})

test.each(['src/it.test.ts', 'src/it.int.test.ts', 'test/given.ts', 'src/testing/given.ts', 'src/testing.ts'])(
  '%s is for tests: it may import the harness from devDependencies',
  (path) => {
    expect(importing('libs/git', '@plimsoll/harness', path, 'devDependencies')).toEqual([])
    expect(importing('libs/git', '@plimsoll/jetstream', path, 'devDependencies')).toHaveLength(1)
    expect(importing('libs/domain', 'node:fs', path)).toEqual([])
    expect(importing('libs/git', 'fast-check', path, 'undeclared')).toEqual([])
  },
)

test.each<[string, Folder, string, string, string]>([
  ['a package of ours that is not declared', 'libs/git', '@plimsoll/domain', 'undeclared', 'does not declare it'],
  [
    'a package of ours that is declared for tests',
    'libs/git',
    '@plimsoll/domain',
    'devDependencies',
    'in dependencies',
  ],
  ['a package of ours that does not exist', 'libs/git', '@plimsoll/lua', 'dependencies', 'no such package'],
  ['a file past the exports', 'libs/git', '@plimsoll/domain/src/id.ts', 'dependencies', 'does not export ./src/id.ts'],
  ['the package itself by its name', 'libs/git', '@plimsoll/git', 'dependencies', 'by their paths'],
  ['a file of another package by its path', 'libs/git', '../../domain/src/id.ts', 'dependencies', 'another package'],
  ['an external package that is not declared', 'libs/git', 'undici', 'undeclared', 'does not declare it'],
  [
    'an entry of an external package that is not declared',
    'libs/git',
    'undici/types',
    'undeclared',
    'does not declare it',
  ],
  ['an external package that is declared for tests', 'libs/git', 'undici', 'devDependencies', 'in dependencies'],
  ['an external package that all tests share', 'libs/git', 'vitest', 'undeclared', 'in dependencies'],
  ['a builtin without node:', 'libs/git', 'fs', 'undeclared', 'does not declare it'],
  ['an external package into the domain', 'libs/domain', 'zod', 'dependencies', 'its own files only'],
  ['Node into the domain', 'libs/domain', 'node:fs', 'dependencies', 'its own files only'],
  ['what is for tests', 'libs/git', '../test/given.ts', 'dependencies', 'what is for tests'],
])('importing %s is told', (_title, from, specifier, declared, why) => {
  const told = importing(from, specifier, 'src/it.ts', declared)
  expect(told).toEqual([expect.stringContaining(`${from}/src/it.ts imports ${specifier}: `)])
  expect(told[0]).toContain(why)
})

test.each([
  `import { it } from '@plimsoll/jetstream'`,
  `import type { It } from '@plimsoll/jetstream'`,
  `import {\n  one,\n  two,\n} from "@plimsoll/jetstream"`,
  `import it, * as all from '@plimsoll/jetstream'`,
  `import '@plimsoll/jetstream'`,
  `export { it } from '@plimsoll/jetstream'`,
  `export * from '@plimsoll/jetstream'`,
  `export type { It } from '@plimsoll/jetstream'`,
  `const it = await import('@plimsoll/jetstream')`,
  `const it = () => import('@plimsoll/jetstream')`,
  `type It = import('@plimsoll/jetstream').It`,
  `const it: typeof import('@plimsoll/jetstream') = all`,
  `const it = require('@plimsoll/jetstream')`,
])('%s is seen', (text) => {
  const manifest = { dependencies: { '@plimsoll/jetstream': version } }
  expect(broken('libs/git', { manifest, files: { 'src/it.ts': text } })).toHaveLength(1)
})

test.each([`// import '@plimsoll/jetstream'`, `const text = "import '@plimsoll/jetstream'"`])(
  '%s is no import',
  (text) => {
    expect(broken('libs/git', { files: { 'src/it.ts': text } })).toEqual([])
  },
)

test('an import of what is computed is told', () => {
  const told = broken('libs/git', { files: { 'src/it.ts': 'await import(name)' } })
  expect(told).toEqual(['libs/git/src/it.ts imports what is computed: name it'])
})

test.each<[string, Change, string]>([
  ['without a layer', { manifest: { nx: { tags: [] } } }, 'must have one tag of a layer, and has []'],
  ['of two layers', { manifest: { nx: { tags: ['layer:domain', 'layer:app'] } } }, 'must have one tag of a layer'],
  ['of an unknown layer', { manifest: { nx: { tags: ['layer:util'] } } }, 'must have one tag of a layer'],
  ['with a name of its own', { manifest: { name: '@plimsoll/github' } }, 'is named @plimsoll/github'],
  ['that offers what is not there', { manifest: { exports: './src/git.ts' } }, 'which does not exist'],
  ['that exports nothing', { files: { 'src/index.ts': 'const it = 1' } }, 'which exports nothing'],
])('a package %s is told', (_title, change, why) => {
  expect(broken('libs/git', change)).toEqual([expect.stringContaining(why)])
})

test('a package without an entry is told', () => {
  const { exports: _none, ...manifest } = { name: '@plimsoll/git', exports: '', nx: { tags: ['layer:adapter'] } }
  const empty: Package = { folder: 'libs/git', manifest, files: new Map() }
  expect(violations({ packages: [empty], shared, stray: [] })).toEqual([
    'libs/git offers nothing: it has neither exports nor bin',
  ])
})

test('a folder that is no package is told', () => {
  expect(violations({ packages: [], shared, stray: ['libs/lua'] })).toEqual([
    'libs/lua is no package: it has no package.json',
  ])
})
