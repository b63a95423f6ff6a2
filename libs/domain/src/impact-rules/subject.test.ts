import { expect, test } from 'vitest'
import { at, differs, listAt, numberAt, some, textAt, textsAt } from './subject.ts'
import type { Subject } from './subject.ts'

const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'web' }
const object = (spec: unknown) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web' }, spec })

function subject(type: Subject['type'], before: unknown, after: unknown): Subject {
  return { type, ref, kind: '/ConfigMap', before: object(before), after: object(after), critical: false, fields: [] }
}

test.each<[Subject['type'], unknown, unknown, boolean]>([
  ['update', { a: 1 }, { a: 1 }, false],
  ['update', { a: 1 }, { a: 2 }, true],
  ['update', { a: 1, b: 2 }, { a: 1 }, true],
  ['update', undefined, { a: 1 }, true],
  ['replace', { a: 1, b: 2 }, { a: 1 }, false],
  ['replace', { a: 1 }, { a: 1, b: 2 }, true],
  ['replace', { a: 1 }, { a: 2 }, true],
  ['replace', { a: 1 }, undefined, false],
  ['replace', { a: [1, { b: 2, c: 3 }] }, { a: [1, { b: 2 }] }, false],
  ['replace', { a: [1, 2] }, { a: [1] }, true],
  ['replace', { a: [1] }, { a: [1, 2] }, true],
  ['replace', { a: [] }, { a: {} }, true],
  ['replace', { a: {} }, { a: [] }, true],
  ['replace', { a: 'b' }, { a: { b: 1 } }, true],
  ['replace', { a: { b: 1 } }, { a: 'b' }, true],
  ['replace', { a: { b: 1 } }, { a: null }, true],
  ['create', { a: 1 }, { a: 2 }, false],
  ['delete', { a: 1 }, { a: 2 }, false],
])('of a %s from %j to %j the field differs: %s', (type, before, after, expected) => {
  expect(differs(subject(type, before, after), 'spec')).toBe(expected)
})

test('what is not there, or is of another type, is nothing', () => {
  const value = { a: { b: ['c', 1, { d: 2 }] } }
  expect(at(value, 'a', 'b', 2, 'd')).toBe(2)
  expect(at(value, 'a', 'b', 'length')).toBeUndefined()
  expect(at(value, 'a', 0)).toBeUndefined()
  expect(at(value, 'constructor')).toBeUndefined()
  expect(at(null, 'a')).toBeUndefined()
  expect(listAt(value, 'a')).toEqual([])
  expect(textsAt(value, 'a', 'b')).toEqual(['c'])
  expect(textAt(value, 'a')).toBeUndefined()
  expect(numberAt(value, 'a')).toBeUndefined()
})

test.each<[string[], string]>([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b', 'c'], 'a, b, c'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
])('%j is told as %j', (texts, told) => {
  expect(some(texts)).toBe(told)
})
