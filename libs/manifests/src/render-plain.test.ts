import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { identity } from './identity.ts'
import { createManifestCache } from './manifest-cache.ts'
import { renderPlain } from './render-plain.ts'
import type { RenderInput, RenderResult } from './renderer.ts'

type Content = string | { readonly mode: string; readonly text: string }

function folder(contents: Readonly<Record<string, Content>>): RenderInput & { readonly reads: string[] } {
  const bodies = new Map<string, Uint8Array>()
  const reads: string[] = []
  const files = Object.entries(contents).map(([path, content]) => {
    const { mode, text } = typeof content === 'string' ? { mode: '100644', text: content } : content
    const blob = createHash('sha1').update(text).digest('hex')
    bodies.set(blob, Buffer.from(text))
    return { path, mode, blob }
  })
  const pathOf = new Map(files.map(({ path, blob }) => [blob, path]))
  const read = async (blobs: readonly string[]) => {
    reads.push(...blobs.map((blob) => pathOf.get(blob) ?? blob))
    return new Map(blobs.flatMap((blob) => (bodies.has(blob) ? [[blob, bodies.get(blob) ?? new Uint8Array()]] : [])))
  }
  return { files, read, reads }
}

function summary(result: RenderResult): string[] {
  if ('objects' in result) return result.objects.map(({ object, file, line }) => `${file}:${line} ${identity(object)}`)
  return result.map(({ file, line, message }) => `${file}:${line}! ${message}`)
}

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`
const link = (text: string): Content => ({ mode: '120000', text })

describe('plain rendering', () => {
  test('takes YAML and JSON in all folders, in the order of their paths', async () => {
    const input = folder({
      'z.yaml': configMap('z'),
      'a/b.yml': configMap('b'),
      'a/a.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}',
      'README.md': '# no manifest',
      'a/script.sh': 'echo',
    })
    expect(summary(await renderPlain(input))).toEqual([
      'a/a.json:1 /ConfigMap//a',
      'a/b.yml:1 /ConfigMap//b',
      'z.yaml:1 /ConfigMap//z',
    ])
    expect(input.reads.toSorted()).toEqual(['a/a.json', 'a/b.yml', 'z.yaml'])
  })

  test('leaves hidden files out, unless an ignore file takes them back', async () => {
    const hidden = { '.github/workflows/ci.yaml': 'on: push', '.shown.yaml': configMap('shown') }
    expect(summary(await renderPlain(folder(hidden)))).toEqual([])
    expect(summary(await renderPlain(folder({ ...hidden, '.plimsollignore': '!.shown.yaml' })))).toEqual([
      '.shown.yaml:1 /ConfigMap//shown',
    ])
  })

  test.each(['.plimsollignore', '.sourceignore'])('honours %s as Git honours .gitignore', async (name) => {
    const input = folder({
      [name]: '# comment\nvalues.yaml\n/top.yaml\ntests/\n*.tmp.yaml\n!keep.tmp.yaml\n',
      'values.yaml': 'a: 1',
      'deep/values.yaml': 'a: 1',
      'top.yaml': 'a: 1',
      'deep/top.yaml': configMap('top'),
      'tests/a.yaml': 'a: 1',
      'deep/tests/a.yaml': 'a: 1',
      'x.tmp.yaml': 'a: 1',
      'keep.tmp.yaml': configMap('keep'),
      [`deep/${name}`]: '/local.yaml\n!values.yaml',
      'deep/local.yaml': 'a: 1',
      'Values.yaml': configMap('capital'),
    })
    expect(
      summary(await renderPlain({ ...input, files: input.files.filter(({ path }) => path !== 'deep/values.yaml') })),
    ).toEqual([
      'Values.yaml:1 /ConfigMap//capital',
      'deep/top.yaml:1 /ConfigMap//top',
      'keep.tmp.yaml:1 /ConfigMap//keep',
    ])
    expect(summary(await renderPlain(input))).toContain('deep/values.yaml:1! the object has no `apiVersion`')
  })

  test('reports every error of every file', async () => {
    const input = folder({
      'a.yaml': 'a: 1\na: 2',
      'b.yaml': configMap('b'),
      'c.yaml': 'x: [',
      vendored: { mode: '160000', text: '' },
      'big.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
    })
    expect(summary(await renderPlain(input))).toEqual([
      'vendored:0! this is a submodule, and Plimsoll does not follow submodules',
      'a.yaml:2! the key "a" is given twice',
      'big.yaml:0! this is a pointer to a file in Git LFS, and Plimsoll does not fetch from LFS',
      'c.yaml:1! malformed YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ])
  })

  test('names folders that are for another tool, and says nothing else of them', async () => {
    const input = folder({
      'overlay/kustomization.yaml': 'resources: [../base]',
      'overlay/patch.yaml': 'a: 1',
      'chart/Chart.yaml': 'name: x',
      'chart/templates/a.yaml': '{{ if }}',
      'plain/a.yaml': configMap('a'),
    })
    expect(summary(await renderPlain(input))).toEqual([
      'overlay/kustomization.yaml:0! this folder is for Kustomize, and the target path above it holds plain manifests',
      'chart/Chart.yaml:0! this folder is for Helm, and the target path above it holds plain manifests',
    ])
    const excluded = folder({
      'kustomization.yaml': '',
      'a.yaml': configMap('a'),
      '.plimsollignore': 'kustomization.yaml',
    })
    expect(summary(await renderPlain(excluded))).toEqual(['a.yaml:1 /ConfigMap//a'])
  })

  test('follows links inside the folder and refuses all others with the same words', async () => {
    const message = 'this symbolic link does not lead to a file inside the rendered folder'
    const input = folder({
      'base/app.yaml': configMap('app'),
      'copy/app.yaml': link('../base/app.yaml'),
      'copy/again.yaml': link('./app.yaml'),
      'README.md': link('../README.md'),
    })
    expect(summary(await renderPlain(input))).toEqual([
      'base/app.yaml:1 /ConfigMap//app',
      'copy/again.yaml:1 /ConfigMap//app',
      'copy/app.yaml:1 /ConfigMap//app',
    ])
    const bad = folder({
      'base/app.yaml': configMap('app'),
      'etc/app.yaml': configMap('etc'),
      'absolute.yaml': link('/etc/app.yaml'),
      'climbs.yaml': link('../../base/app.yaml'),
      'loop.yaml': link('loop.yaml'),
      'missing.yaml': link('base/none.yaml'),
      folder: link('base'),
      'proc.yaml': link('/proc/self/environ'),
    })
    expect(summary(await renderPlain(bad))).toEqual(
      ['absolute.yaml', 'climbs.yaml', 'loop.yaml', 'missing.yaml', 'folder', 'proc.yaml'].map(
        (file) => `${file}:0! ${message}`,
      ),
    )
  })

  test('reads and parses only what the cache does not know', async () => {
    const cache = createManifestCache()
    const before = folder({ 'a.yaml': configMap('a'), 'b.yaml': configMap('b') })
    await renderPlain({ ...before, cache })
    const after = folder({ 'a.yaml': configMap('a'), 'b.yaml': configMap('b2'), 'moved/a.yaml': configMap('a') })
    expect(summary(await renderPlain({ ...after, cache }))).toEqual([
      'a.yaml:1 /ConfigMap//a',
      'b.yaml:1 /ConfigMap//b2',
      'moved/a.yaml:1 /ConfigMap//a',
    ])
    expect(after.reads).toEqual(['b.yaml'])
    await renderPlain({ ...folder({ 'bad.yaml': 'a: 1' }), cache })
    expect(summary(await renderPlain({ ...folder({ 'moved.yaml': 'a: 1' }), cache }))[0]).toMatch(/^moved.yaml:1!/)
  })
})
