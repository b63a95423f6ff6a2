import { expect, test } from 'vitest'
import { splitDocuments } from './documents.ts'
import { splitHooks } from './split-hooks.ts'

test.each<readonly [string, readonly string[]]>([
  ['', []],
  ['\n---\n\n---\n', []],
  ['a: 1\n', ['a: 1\n']],
  ['---\na: 1\n---\nb: 2', ['a: 1\n', 'b: 2']],
  ['a: |\n  ---\n  x\n---\nb: 2\n', ['a: |\n  ---\n  x\n', 'b: 2\n']],
  ['a: x---\nb: 1\n', ['a: x---\nb: 1\n']],
])('documents of %j', (stream, documents) => {
  expect(splitDocuments(Buffer.from(stream)).map(String)).toEqual(documents)
})

test('a hook is told from an object by its annotation, and one for tests alone from both', () => {
  const parsed = (name: string, annotations?: Readonly<Record<string, string>>) => ({
    object: { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...(annotations && { annotations }) } },
    file: 'a.yaml',
    line: 0,
    blob: '',
  })
  const { objects, hooks } = splitHooks([
    parsed('plain'),
    parsed('annotated', { a: 'b', 'helm.sh/resource-policy': 'keep' }),
    parsed('before', { 'helm.sh/hook': 'pre-upgrade', 'helm.sh/hook-weight': 'heavy' }),
    parsed('definition', { 'helm.sh/hook': 'crd-install' }),
    parsed('test', { 'helm.sh/hook': 'test-success, test-failure' }),
  ])
  expect(objects.map(({ object }) => object.metadata.name)).toEqual(['plain', 'annotated', 'definition'])
  expect(hooks).toMatchObject([{ object: { metadata: { name: 'before' } }, events: ['pre-upgrade'], weight: 0 }])
})
