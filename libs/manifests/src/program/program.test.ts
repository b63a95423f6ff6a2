import { expect, test } from 'vitest'
import { splitDocuments } from './documents.ts'
import { hideValues } from './hide-values.ts'
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

test('what was decrypted is in no error, in no form that programs quote it in', () => {
  const secret = { document: 0, pointer: '/data/password', value: 'hun"ter2\nsecond line' }
  const error = (message: string) => ({ file: 'a.yaml', line: 1, message, try: `not ${message}` })
  const encoded = Buffer.from(secret.value).toString('base64')
  const messages = ['is hun"ter2', 'is "hun\\"ter2\\nsecond line"', 'at second line: x', `is ${encoded}`]
  const hidden = hideValues(messages.map(error), [secret, { document: 0, pointer: '/data/a', value: 'is' }])
  expect(hidden.map(({ message }) => message)).toEqual(['is ***', 'is "***"', 'at ***: x', 'is ***'])
  expect(hidden.map((one) => one.try)).toEqual(['not is ***', 'not is "***"', 'not at ***: x', 'not is ***'])
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
    parsed('test', { 'helm.sh/hook': 'test-success, test-failure' }),
  ])
  expect(objects.map(({ object }) => object.metadata.name)).toEqual(['plain', 'annotated'])
  expect(hooks).toMatchObject([{ object: { metadata: { name: 'before' } }, events: ['pre-upgrade'], weight: 0 }])
})
