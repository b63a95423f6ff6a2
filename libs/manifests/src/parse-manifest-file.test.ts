import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { identity } from './identity.ts'
import { InvalidManifestsError } from './manifest-error.ts'
import { parseManifestFile } from './parse-manifest-file.ts'

const testdata = new URL('../testdata/', import.meta.url)

function parse(path: string, body: Uint8Array | string): string[] {
  try {
    const objects = parseManifestFile({ path, blob: '', body: Buffer.from(body) })
    return objects.map(({ object, line }) => `${line} ${identity(object)}`)
  } catch (error) {
    if (!(error instanceof InvalidManifestsError)) throw error
    return error.errors.map(({ line, message }) => `${line}! ${message}`)
  }
}

/** `line group/Kind/namespace/name` for an object, `line! message` for an error. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'comments-only.yaml': [],
  'documents.yaml': ['2 /ConfigMap/shop/one', '9 apps/Deployment//two', '20 /ConfigMap//three'],
  'list.yaml': ['4 /ConfigMap//one', '8 /Secret//two', '15 /ConfigMap//deep'],
  'typed-list.json': ['5 /ConfigMap//one', '6 /ConfigMap//two'],
  'tabs.json': ['1 /ConfigMap//tabs'],
  'no-list.yaml': ['1 example.com/AllowList//office'],
  'crlf.yaml': ['1 /ConfigMap//crlf'],
  'bom.yaml': ['1 /ConfigMap//bom'],
  'anchors.yaml': ['1 apps/Deployment//anchors'],
  'duplicate-key.yaml': ['5! the key "a" is given twice', '6! the key "metadata" is given twice'],
  'tab-indent.yaml': ['4! malformed YAML: Tabs are not allowed as indentation'],
  'nameless.yaml': ['1! the object has no `metadata.name`', '6! the object has no `metadata`'],
  'generate-name.yaml': ['1! `metadata.generateName` gives the object another name at each sync'],
  'hook-name.yaml': ['1 batch/Job//migrate-*'],
  'number-name.yaml': ['1! `metadata.name` is a number, not text', '1! `metadata.namespace` is a number, not text'],
  'not-objects.yaml': [
    '1! the document is text, not an object',
    '3! the document is a list, not an object',
    '6! the object has no `apiVersion`',
    '6! the object has no `kind`',
    '6! the object has no `metadata`',
  ],
  'several-errors.yaml': [
    '5! the key "metadata" is given twice',
    '7! the object has no `kind`',
    '12! malformed YAML: Nested mappings are not allowed in compact mappings',
  ],
}

describe('a file in testdata gives its objects, or every error with its line', () => {
  const files = readdirSync(testdata, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'kubectl-values.json' && !entry.name.startsWith('.'))
    .map(({ name }) => name)
  test.each(files)('%s', (name) => {
    expect(parse(name, readFileSync(new URL(name, testdata)))).toEqual(expected[name])
  })
  test('and none is forgotten', () => {
    expect(files.toSorted()).toEqual(Object.keys(expected).toSorted())
  })
})

describe('text that is meant to hurt', () => {
  test.each([
    ['10 KB of brackets', '['.repeat(10_000), /^1! values nest too? ?deep|^1! .*nest/],
    ['10 KB of dashes', '- '.repeat(5_000), /nest/],
    ['invalid UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xff]), /^0! the file is not UTF-8 text$/],
    ['UTF-16', Buffer.from('\ufeffa: 1', 'utf16le'), /^0! the file is not UTF-8 text$/],
    ['a control character', 'a: 1\nb: "\u0001"', /^2! the file holds the control character 0x1$/],
    ['a conflict marker', '<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\n', /^1! /],
    ['infinity', 'a: .inf', /^1! .inf is no number that JSON can carry$/],
  ])('%s is refused', (_name, text, message) => {
    expect(parse('bad.yaml', text)[0]).toMatch(message)
  })

  test('a file of 17 MiB is refused unread', () => {
    expect(parse('big.yaml', Buffer.alloc(17 * 1024 * 1024, 0x20))).toEqual([
      '0! the file is larger than 16777216 bytes',
    ])
  })
})

test('integers beyond 2^53 keep every digit', () => {
  const body = Buffer.from(
    'apiVersion: v1\nkind: X\nmetadata: {name: x}\nspec: {a: 9007199254740993, b: 9007199254740991}',
  )
  const [parsed] = parseManifestFile({ path: 'x.yaml', blob: '', body })
  expect(parsed?.object['spec']).toEqual({ a: 9007199254740993n, b: 9007199254740991 })
})

test.each([
  ['an alias without an anchor', 'a: *canary'],
  ['a token that is none', 'a: x\nblock: |![ canary'],
  ['a header of a block', 'a: |canary'],
  ['a number that is none', 'a: !!int canary'],
  ['a scalar that nobody expects', 'a: x\nb: ]canary"'],
  ['a bare quote', 'a: "canary'],
  ['a key given twice', 'a: canary\na: canary'],
])('%s is told without what the file holds there', (_title, text) => {
  const body = Buffer.from(
    `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  ${text.replaceAll('\n', '\n  ')}\n`,
  )
  const errors = parse('a.yaml', body)
  expect(errors[0]).toMatch(/^\d+! /u)
  expect(errors.join()).not.toContain('canary')
})
