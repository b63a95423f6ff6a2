import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { defaultParseLimits } from './parse-limits.ts'
import { readManifestFile } from './parse-manifest-file.ts'
import { readSimple } from './read-simple.ts'

const head = 'apiVersion: v1\nkind: X\nmetadata: {name: x}\n'

/** Both ways of reading a document below the fields that every object has. */
function read(text: string) {
  const file = { path: 'x.yaml', blob: '', body: Buffer.from(head + text) }
  const { objects, errors } = readManifestFile(file, defaultParseLimits)
  return {
    whole: errors.length > 0 ? undefined : objects.map(({ object }) => object),
    simple: readSimple(head + text, 100),
  }
}

const words = [
  'yes',
  'No',
  '~',
  'null',
  '0755',
  '0x1F',
  '1_000',
  '1:30',
  '1e3',
  '.5',
  '12.',
  '-0',
  '+1',
  '9007199254740993',
]
const odd = [
  '2001-01-01',
  '=',
  '<',
  '-',
  '- a',
  '? b',
  '# c',
  'a: b',
  'a #b',
  '"',
  "'",
  '😀',
  '\u2028',
  ' lead',
  'tail ',
  'a\nb\n',
  '\n',
  '',
]
const scalar = fc.oneof(fc.constantFrom(...words, ...odd), fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean())
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...words, ...odd), fc.string()), tie('value'), { maxKeys: 4 }),
  ),
}))

test('what programs write is read as the whole parser reads it, however they wrote it', () => {
  let simple = 0
  const styles = fc.record({
    defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'),
    collectionStyle: fc.constantFrom('any', 'block', 'flow'),
    indentSeq: fc.boolean(),
    lineWidth: fc.constantFrom(0, 40, 80),
  })
  fc.assert(
    fc.property(value, styles, (data, style) => {
      const result = read(stringify({ spec: data }, style))
      if (result.simple === undefined || result.whole === undefined) return
      simple += 1
      expect([result.simple.data]).toEqual(result.whole)
    }),
    { numRuns: 3000 },
  )
  // Else this test would say nothing.
  expect(simple).toBeGreaterThan(1000)
})

const pieces = [
  ...'a b: ::: - ? " \' | > |- >+ # { } [ ] , 0755 1 yes ~ = @ ` 😀'.split(' '),
  '\n',
  '\n  ',
  '\n    ',
  ' ',
  '\t',
  '\r\n',
  '# ',
  'spec: ',
  'x: ',
]

test('whatever both can read, they read alike', () => {
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join(''))
  let both = 0
  fc.assert(
    fc.property(text, (yaml) => {
      const { simple, whole } = read(yaml)
      if (simple === undefined || whole === undefined) return
      both += 1
      expect([simple.data]).toEqual(whole)
    }),
    { numRuns: 5000 },
  )
  expect(both).toBeGreaterThan(100)
})

test.each([
  ['an anchor', 'a: &x 1\nb: *x'],
  ['a tag', 'a: !!str 1'],
  ['a merge key', 'a: {<<: {b: 1}}'],
  ['a key given twice', 'a: 1\na: 2'],
  ['keys that are the same to kubectl', '1: a\n"1": b'],
  ['what JSON cannot carry', 'a: .inf'],
  ['a null for a key', '~: a'],
  ['a map for a key', '? {a: 1}\n: b'],
  ['__proto__', '__proto__: {a: 1}'],
  ['two documents', 'a: 1\n---\nb: 1'],
  ['what is malformed', 'a: [1'],
])('%s is left to the whole parser', (_what, text) => {
  expect(readSimple(text, 100)).toBeUndefined()
})

test('what nests too deep is left to the whole parser', () => {
  expect(readSimple('[[[]]]', 2)).toEqual({ data: [[[]]] })
  expect(readSimple('[[[]]]', 1)).toBeUndefined()
})
