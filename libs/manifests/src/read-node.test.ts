import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments, Schema } from 'yaml'
import { canonicalJson } from '@plimsoll/domain'
import { readNode } from './read-node.ts'

type Case = { readonly yaml: string; readonly json?: string }

// What sigs.k8s.io/yaml v1.6.0, which kubectl reads with, makes of each text; without `json` it refuses it.
const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../testdata/kubectl-values.json', import.meta.url), 'utf8'),
)
const limits = { maxDepth: 100, maxAliasedNodes: 1000 }
const schema = new Schema({ schema: 'failsafe' })

function read(yaml: string): { json: string; problems: readonly string[] } {
  const [document] = parseAllDocuments(yaml, { schema, prettyErrors: false, uniqueKeys: false })
  const { data, complaints } = readNode(document?.contents ?? null, limits)
  const malformed = document?.errors ?? []
  return { json: canonicalJson(data), problems: [...malformed, ...complaints].map(({ message }) => message) }
}

describe('values are read as kubectl reads them', () => {
  test.each(cases)('$yaml', ({ yaml, json }) => {
    const result = read(yaml)
    expect(result.problems.length > 0 ? undefined : result.json).toBe(json)
  })
})

describe('where kubectl lets an error pass', () => {
  test.each([
    ['a: 1\na: 2', 'the key "a" is given twice'],
    ['1: a\n"1": b', 'the key "1" is given twice'],
    ['true: a\nyes: b', 'the key "true" is given twice'],
    ['a: {b: 1, b: 2}', 'the key "b" is given twice'],
  ])('%j is refused', (yaml, message) => {
    expect(read(yaml).problems).toEqual([message])
  })
})

test('copying a value does not bring its anchors back', () => {
  expect(read('a: &x {b: &y 1}\nc: &y 2\nd: *x\ne: *y').json).toBe('{"a":{"b":1},"c":2,"d":{"b":1},"e":2}')
})

test('a bomb of aliases is refused before it grows', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 12; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(10)}]`)
  expect(read(lines.join('\n')).problems).toEqual(['its aliases expand to too many values'])
})

test('merging one map many times counts as copying it', () => {
  const keys = Array.from({ length: 100 }, (_, i) => `k${i}: 1`).join(', ')
  expect(read(`a: &a {${keys}}\nb:\n  <<: [${'*a, '.repeat(20)}]`).problems).toEqual([
    'its aliases expand to too many values',
  ])
})

test('`__proto__` is a key like any other', () => {
  const [document] = parseAllDocuments('a: {__proto__: {polluted: true}, constructor: 1}', { schema })
  const { data } = readNode(document?.contents ?? null, limits)
  expect(JSON.stringify(data)).toBe('{"a":{"__proto__":{"polluted":true},"constructor":1}}')
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})
