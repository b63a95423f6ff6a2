import { describe, expect, test } from 'vitest'
import { type Content, sourceTree } from '../../test/source-tree.ts'
import { closureOf, type ClosureOptions } from './closure-of.ts'

type Files = Readonly<Record<string, Content>>

async function closure(files: Files, target: string, options: Partial<Omit<ClosureOptions, 'target'>> = {}) {
  const source = sourceTree(files)
  const found = await closureOf(source, { target, renderer: 'auto', helm: { values_files: [] }, ...options })
  const errors = found.errors.map(({ file, line, message }) => `${file}:${line} ${message}`)
  return { ...found, errors, reads: source.reads }
}

const roots = async (...[files, target, options]: Parameters<typeof closure>) => {
  const found = await closure(files, target, options)
  expect(found.errors).toEqual([])
  return found.roots
}

const kustomization = (fields: object) => JSON.stringify(fields)
const base = { 'base/kustomization.yaml': 'resources: [web.yaml]', 'base/web.yaml': 'kind: Service' }

describe('plain files', () => {
  test('read the target path alone, whatever they hold', async () => {
    expect(await closure({ 'k8s/a.yaml': 'resources: [../x]' }, 'k8s')).toMatchObject({
      renderer: 'plain',
      roots: ['k8s'],
    })
    expect(await roots({ ...base, 'a.yaml': '' }, 'base', { renderer: 'plain' })).toEqual(['base'])
  })
})

describe('Kustomize', () => {
  test('reads overlays with their bases, however deep, each step at once', async () => {
    const found = await closure(
      {
        ...base,
        'shared/labels/Kustomization': 'kind: Component',
        'mid/kustomization.yml': 'resources: [../base/]\ncomponents:\n- ../shared/labels',
        'overlays/a/kustomization.yaml': 'resources:\n- ../../mid\n- ./local\n- extra.yaml',
        'overlays/a/local/kustomization.yaml': '',
        'overlays/a/extra.yaml': 'kind: Service',
        'overlays/b/kustomization.yaml': 'resources: [../../never]',
      },
      'overlays/a',
    )
    expect(found).toMatchObject({ renderer: 'kustomize', roots: ['base', 'mid', 'overlays/a', 'shared/labels'] })
    expect(found.errors).toEqual([])
    expect(found.reads.filter(({ how }) => how === 'find')).toEqual([
      { how: 'find', what: ['mid', 'overlays/a/local', 'overlays/a/extra.yaml'] },
      { how: 'find', what: ['base', 'shared/labels'] },
      { how: 'find', what: ['base/web.yaml'] },
    ])
  })

  const elsewhere: readonly (readonly [string, object])[] = [
    ['resources', { resources: ['../x/file'] }],
    ['patches', { patches: [{ path: '../x/file', target: { kind: 'Deployment' } }, { patch: '- op: remove' }] }],
    ['patches of old', { patches: ['../x/file'] }],
    [
      'patchesStrategicMerge',
      { patchesStrategicMerge: ['../x/file', 'kind: Deployment\nspec: {}\n', '{"kind": "X"}'] },
    ],
    ['patchesJson6902', { patchesJson6902: [{ path: '../x/file' }] }],
    [
      'configMapGenerator files',
      { configMapGenerator: [{ name: 'c', files: ['../x/file'], literals: ['a=../never'] }] },
    ],
    ['configMapGenerator files by key', { configMapGenerator: [{ files: ['key.txt=../x/file'] }] }],
    ['configMapGenerator envs', { configMapGenerator: [{ envs: ['../x/file'] }] }],
    ['secretGenerator env', { secretGenerator: [{ env: '../x/file' }] }],
    ['replacements', { replacements: [{ path: '../x/file' }, { source: { kind: 'ConfigMap' } }] }],
    ['configurations', { configurations: ['../x/file'] }],
    ['crds', { crds: ['../x/file'] }],
    ['openapi', { openapi: { path: '../x/file' } }],
    ['values of a chart', { helmCharts: [{ name: 'app', valuesFile: '../x/file' }] }],
    ['more values of a chart', { helmCharts: [{ name: 'app', additionalValuesFiles: ['../x/file'] }] }],
    ['values of a chart of old', { helmChartInflationGenerator: [{ chartName: 'app', values: '../x/file' }] }],
    ['transformers', { transformers: ['../x/file'] }],
    ['generators', { generators: ['../x/file'] }],
    ['validators', { validators: ['../x/file'] }],
    ['a transformer in the list', { transformers: ['apiVersion: builtin\nkind: PatchTransformer\npath: ../x/file\n'] }],
  ]
  test.each(elsewhere)('reads what %s names', async (_field, fields) => {
    const files = {
      'o/kustomization.yaml': kustomization(fields),
      'o/charts/app/Chart.yaml': 'name: app',
      'x/file': 'apiVersion: builtin\nkind: LabelTransformer',
      'x/other': '',
    }
    expect(await roots(files, 'o')).toEqual(['o', 'x/file'])
  })

  test.each([
    ['bases', { bases: ['../x'] }],
    ['resources', { resources: ['../x'] }],
    ['components', { components: ['../x'] }],
    ['transformers', { transformers: ['../x'] }],
    ['generators', { generators: ['../x'] }],
  ])('reads the folder that %s name', async (_field, fields) => {
    const files = { 'o/kustomization.yaml': kustomization(fields), 'x/kustomization.yaml': '', 'y/a.yaml': '' }
    expect(await roots(files, 'o')).toEqual(['o', 'x'])
  })

  test('reads charts where they lie, and does not fetch others', async () => {
    const charts = { 'charts/app/Chart.yaml': '', 'charts/web-1.2.3/web/Chart.yaml': '' }
    const local = { helmGlobals: { chartHome: '../charts' }, helmCharts: [{ name: 'app' }] }
    expect(await roots({ ...charts, 'o/kustomization.yaml': kustomization(local) }, 'o')).toEqual(['charts/app', 'o'])
    const kept = { ...local, helmCharts: [{ name: 'web', repo: 'https://charts.example.com', version: '1.2.3' }] }
    expect(await roots({ ...charts, 'o/kustomization.yaml': kustomization(kept) }, 'o')).toEqual([
      'charts/web-1.2.3/web',
      'o',
    ])
    const remote = 'helmCharts:\n- name: gone\n  repo: https://me:secret@charts.example.com\n  version: 1.0.0\n'
    const { errors } = await closure({ ...charts, 'o/kustomization.yaml': remote }, 'o')
    expect(errors).toEqual([
      'o/kustomization.yaml:2 "charts/gone-1.0.0/gone of https://charts.example.com" would be fetched from a network, which a render has none of',
    ])
  })

  test('reads what the configuration of a transformer names, from the folder of the kustomization', async () => {
    const files = {
      'o/kustomization.yaml': 'transformers: [plugins/patch.yaml]',
      'o/plugins/patch.yaml':
        'apiVersion: builtin\nkind: PatchStrategicMergeTransformer\npaths: [../x/p.yaml]\n---\napiVersion: builtin\nkind: ConfigMapGenerator\nfiles: [a=../x/q.yaml]',
      'x/p.yaml': '',
      'x/q.yaml': '',
    }
    expect(await roots(files, 'o')).toEqual(['o', 'x/p.yaml', 'x/q.yaml'])
  })

  test.each([
    ['a file', 'transformers: [t.yaml]', 'apiVersion: example.com/v1\nkind: Own'],
    ['the list', 'transformers: ["apiVersion: example.com/v1\\nkind: Own"]', ''],
  ])('reads everything if a transformer in %s is no built-in one', async (_where, text, plugin) => {
    expect(await roots({ 'o/kustomization.yaml': text, 'o/t.yaml': plugin, 'z/a.yaml': '' }, 'o')).toEqual(['.'])
  })

  test('is understood with anchors, merge keys and comments', async () => {
    const text = '# overlay\nx-base: &b ../base\nshared: &s {resources: [*b]}\n<<: *s\n'
    expect(await roots({ ...base, 'o/kustomization.yaml': text }, 'o')).toEqual(['base', 'o'])
  })

  test.each([
    ['https://github.com/org/repo//base?ref=v1', 'https://github.com/org/repo//base?ref=v1'],
    ['github.com/org/repo', 'github.com/org/repo'],
    ['git@example.com:org/repo.git', 'git@example.com:org/repo.git'],
    ['ssh://git@example.com/org/repo', 'ssh://example.com/org/repo'],
    ['https://raw.example.com/a.yaml?token=abc', 'https://raw.example.com/a.yaml?token=***'],
    ['example.com/org/repo.git//base', 'example.com/org/repo.git//base'],
    ['git::https://example.com/x', 'git::https://example.com/x'],
  ])('does not fetch %s', async (text, shown) => {
    const { errors, roots: read } = await closure(
      { 'o/kustomization.yaml': `resources:\n- a.yaml\n- ${text}\n`, 'o/a.yaml': '' },
      'o',
    )
    expect(errors).toEqual([
      `o/kustomization.yaml:3 "${shown}" would be fetched from a network, which a render has none of`,
    ])
    expect(read).toEqual(['o'])
  })

  test.each<readonly [string, string, string]>([
    ['a path out of the repository', '../../x', '"../../x" is a path that leaves the repository'],
    ['an absolute path', '/etc/passwd', '"/etc/passwd" is an absolute path'],
    ['a missing path', '../gone', 'there is nothing at gone in the repository'],
    ['a submodule', '../module', 'module is a submodule, not a file'],
    ['what lies in a submodule', '../module/base', 'module is a submodule, not a folder'],
    ['a symbolic link', '../link', 'link is a symbolic link, not a file'],
    ['a path through a symbolic link', '../link/base', 'link is a symbolic link, not a folder'],
    ['what lies in a file', '../README.md/base', 'README.md is a file, not a folder'],
    ['an empty text of dots', '../o', 'it refers to itself: o -> o'],
  ])('says where %s is named', async (_what, text, message) => {
    const { errors } = await closure(
      {
        'o/kustomization.yaml': `resources:\n- ok.yaml\n- ${text}\n`,
        'o/ok.yaml': '',
        'README.md': '',
        link: { mode: '120000', text: '/etc' },
        module: { mode: '160000', text: '' },
      },
      'o',
    )
    expect(errors).toEqual([`o/kustomization.yaml:3 ${message}`])
  })

  test('keeps what is missing among its roots: once it is there, there is something to render', async () => {
    const { roots: read } = await closure({ 'o/kustomization.yaml': 'resources: [../gone, ../gone2/a.yaml]' }, 'o')
    expect(read).toEqual(['gone', 'gone2/a.yaml', 'o'])
  })

  test('finds a cycle wherever it begins, and ends', async () => {
    const files = {
      'a/kustomization.yaml': 'resources:\n- ../x\n- ../y',
      'x/kustomization.yaml': 'resources: [../y]',
      'y/kustomization.yaml': 'resources: [../z]',
      'z/kustomization.yaml': 'resources:\n- ../x\n',
    }
    const { errors } = await closure(files, 'a')
    expect(errors).toEqual(['z/kustomization.yaml:2 it refers to itself: x -> y -> z -> x'])
  })

  test('the same base by two ways is no cycle', async () => {
    const files = {
      ...base,
      'a/kustomization.yaml': 'resources: [../x, ../y]',
      'x/kustomization.yaml': 'resources: [../base]',
      'y/kustomization.yaml': 'resources: [../base]',
    }
    expect(await roots(files, 'a')).toEqual(['a', 'base', 'x', 'y'])
  })

  test('does not go on for ever', async () => {
    const chain = Array.from({ length: 40 }, (_, i) => [`c${i}/kustomization.yaml`, `resources: [../c${i + 1}]`])
    const long = await closure({ ...Object.fromEntries(chain), 'c40/kustomization.yaml': '' }, 'c0')
    expect(long.errors).toEqual([
      'c32:0 what it refers to goes on for more than 32 steps, 1000 folders or 10000 references',
    ])
    const many = Array.from({ length: 20_000 }, (_, i) => `- f${i}.yaml`).join('\n')
    const wide = await closure({ 'o/kustomization.yaml': `resources: \n${many}` }, 'o')
    expect(wide.errors.length).toBeLessThanOrEqual(50)
  })

  test('with more than 64 roots all of the repository is one', async () => {
    const names = Array.from({ length: 70 }, (_, i) => `base-${i}`)
    const files = Object.fromEntries(names.map((name) => [`${name}/kustomization.yaml`, '']))
    const some = kustomization({ resources: names.slice(0, 63).map((name) => `../${name}`) })
    expect(await roots({ ...files, 'o/kustomization.yaml': some }, 'o')).toHaveLength(64)
    const all = kustomization({ resources: names.map((name) => `../${name}`) })
    expect(await roots({ ...files, 'o/kustomization.yaml': all }, 'o')).toEqual(['.'])
  })

  test('names every file that cannot be read', async () => {
    const { errors } = await closure(
      {
        'o/kustomization.yaml': 'resources: [../broken, ../empty, ../two, ../link]\n',
        'broken/kustomization.yaml': 'resources:\n- a\n- [b\n',
        'empty/a.yaml': '',
        'two/kustomization.yaml': '',
        'two/kustomization.yml': '',
        'link/kustomization.yaml': { mode: '120000', text: '../o/kustomization.yaml' },
      },
      'o',
    )
    expect(errors.map((error) => error.split(' ', 1)[0])).toEqual([
      'empty:0',
      'two:0',
      'link/kustomization.yaml:0',
      'broken/kustomization.yaml:4',
    ])
    expect((await closure({ 'o/a.yaml': '' }, 'o', { renderer: 'kustomize' })).errors).toEqual([
      'o:0 the folder holds no kustomization.yaml',
    ])
  })

  test('a target at the root of the repository reads all of it', async () => {
    expect(await roots({ 'kustomization.yaml': 'resources: [a.yaml]', 'a.yaml': '' }, '.')).toEqual(['.'])
  })
})

describe('Helm', () => {
  const chart = {
    'charts/app/Chart.yaml':
      'name: app\ndependencies:\n- name: common\n  repository: file://../common\n- name: redis\n  repository: https://charts.example.com\n- name: alias\n  repository: "@stable"\n',
    'charts/app/values.yaml': '',
    'charts/common/Chart.yaml': 'name: common',
    'charts/common/requirements.yaml': 'dependencies:\n- {name: lib, repository: "file://../../lib/"}',
    'lib/Chart.yaml': 'name: lib',
    'values/prod.yaml': 'replicas: 3',
    'values/secret.yaml': '',
  }

  test('reads the chart, the charts of the repository that it depends on, and values files', async () => {
    const options = { helm: { values_files: ['values.yaml', '../../values/prod.yaml'] } }
    const found = await closure(chart, 'charts/app', options)
    expect(found).toMatchObject({
      renderer: 'helm',
      roots: ['charts/app', 'charts/common', 'lib', 'values/prod.yaml'],
      errors: [],
    })
  })

  test('says what is missing or cannot be', async () => {
    const files = {
      ...chart,
      'x/Chart.yaml':
        'dependencies:\n- repository: file://../gone\n- repository: file:///srv/chart\n- repository: file://../lib\n- repository: file://../x\n',
    }
    const { errors } = await closure(files, 'x', {
      helm: { values_files: ['../values/none.yaml', '../values', '../../v.yaml'] },
    })
    expect(errors).toEqual([
      'source.helm.values_files:0 "../../v.yaml" is a path that leaves the repository',
      'source.helm.values_files:0 there is nothing at values/none.yaml in the repository',
      'source.helm.values_files:0 values is a folder, not a file',
      'x/Chart.yaml:5 it refers to itself: x -> x',
    ])
    expect((await closure({ 'o/a.yaml': '' }, 'o', { renderer: 'helm' })).errors).toEqual([
      'o:0 the folder holds no Chart.yaml',
    ])
  })
})
