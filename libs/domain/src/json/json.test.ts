import { expect, test } from 'vitest'
import { asStored } from '../../test/as-stored.ts'
import { fieldOf, isRecord, isSameJson } from './json.ts'
import type { Json } from './json.ts'

const value: Json = { name: 'shop', limits: { b: [1, { y: null, x: true }], a: 'text' }, id: 7 }

test('the order of keys does not count', () => {
  expect(isSameJson(value, asStored(value))).toBe(true)
})

test('a field that is undefined is not there', () => {
  expect(isSameJson({ a: 1, b: undefined }, { a: 1 })).toBe(true)
  expect(isSameJson({ a: undefined }, { b: 1 })).toBe(false)
})

test.each<[Json, Json]>([
  [1, 2],
  [1, '1'],
  [null, {}],
  [null, false],
  [[], {}],
  [
    ['a', 'b'],
    ['b', 'a'],
  ],
  [['a'], ['a', 'b']],
  ['a', { '0': 'a' }],
  [{ a: 1 }, { a: 1, b: null }],
  [{ a: 1 }, { b: 1 }],
  [{ a: { b: 1 } }, { a: { b: 2 } }],
])('%j and %j differ', (a, b) => {
  expect(isSameJson(a, b)).toBe(false)
  expect(isSameJson(b, a)).toBe(false)
})

test.each([
  [{}, true],
  [{ a: 1 }, true],
  [[], false],
  [null, false],
  ['text', false],
  [undefined, false],
])('%j is a map: %s', (data, isMap) => {
  expect(isRecord(data)).toBe(isMap)
})

test('a field is what a map itself has, whatever its name', () => {
  expect(fieldOf({ a: 1, toString: 2 }, 'toString')).toBe(2)
  expect(fieldOf(JSON.parse('{"__proto__":3}'), '__proto__')).toBe(3)
  expect([{}, null, 'text', ['a']].map((data) => fieldOf(data, 'toString'))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})
