import { expect, test } from 'vitest'
import { parseJson, stringifyJson } from './lossless-json.ts'

test.each([
  ['{"n":9007199254740991}', { n: 9_007_199_254_740_991 }],
  ['{"n":9007199254740993}', { n: 9_007_199_254_740_993n }],
  ['{"n":-9223372036854775808}', { n: -9_223_372_036_854_775_808n }],
  ['[18446744073709551615,1]', [18_446_744_073_709_551_615n, 1]],
  ['{"n":1.5e30}', { n: 1.5e30 }],
  ['{"text":"[12345678901234567890"}', { text: '[12345678901234567890' }],
])('%s is read without loss and written as it was', (text, value) => {
  expect(parseJson(text)).toEqual(value)
  expect(parseJson(stringifyJson(value))).toEqual(value)
})

test('a bigint is written as a number, beside all else as usual', () => {
  expect(stringifyJson({ a: 9_007_199_254_740_993n, b: undefined, c: ['x', null] })).toBe(
    '{"a":9007199254740993,"c":["x",null]}',
  )
})

test('what JSON cannot hold is refused', () => {
  const circle: { self?: unknown } = {}
  circle.self = circle
  expect(() => stringifyJson(circle)).toThrow(TypeError)
})
