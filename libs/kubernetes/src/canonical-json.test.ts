import { expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

test('canonical JSON does not depend on the order of fields', () => {
  expect(canonicalJson({ b: [{ y: 1, x: 2n }], a: null })).toBe(canonicalJson({ a: null, b: [{ x: 2n, y: 1 }] }))
  expect(canonicalJson({ b: 1, a: 2 })).toBe('{"a":2,"b":1}')
  expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]))
})
