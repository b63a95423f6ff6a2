import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

describe('canonical JSON', () => {
  test.each([
    [{ b: 1, a: { d: 1, c: 2 } }, '{"a":{"c":2,"d":1},"b":1}'],
    [[3, 1, 2], '[3,1,2]'],
    [{ a: undefined, b: null }, '{"b":null}'],
    [{ big: 9007199254740993n, negative: -1n }, '{"big":9007199254740993,"negative":-1}'],
    ['ü"\n', '"ü\\"\\n"'],
    [-0, '0'],
    [1e21, '1e+21'],
    [JSON.parse('{"__proto__":{"x":1},"b":1}'), '{"__proto__":{"x":1},"b":1}'],
    [{ B: 1, a: 2, é: 3, 'a.b': 4 }, '{"B":1,"a":2,"a.b":4,"é":3}'],
  ])('of %o', (value, json) => {
    expect(canonicalJson(value)).toBe(json)
  })

  test.each([Number.NaN, Infinity, () => 1, Symbol('x'), [undefined]])('refuses what JSON cannot carry', (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
  })

  test('is the same for the same data in any order, and JSON of it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = canonicalJson(value)
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(reversed(value))).toBe(json)
      }),
    )
  })
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, field]) => [key, reversed(field)]),
  )
}
