import fc from 'fast-check'
import { expect, test } from 'vitest'
import { derivedId, fingerprint, isId, isNamespace } from './id.ts'

test.each(['a', '0', '9lives', 'shop', 'shop-repo', 'shop.eu-1', 'a'.repeat(63)])('%s is an id', (text) => {
  expect(isId(text)).toBe(true)
})

test.each(['', '-a', 'a-', '.a', 'a.', 'A', 'a_b', 'a b', 'a/b', 'a\n', 'ä', '*', '>', 'a'.repeat(64)])(
  '%j is no id',
  (text) => {
    expect(isId(text)).toBe(false)
  },
)

test('a namespace is an id without dots', () => {
  expect(isNamespace('shop-eu-1')).toBe(true)
  expect(isNamespace('shop.eu-1')).toBe(false)
  expect(isNamespace('Shop')).toBe(false)
})

test('a derived id is an id, the same for the same parts, and another for others', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 4 }), (parts) => {
      expect(isId(derivedId('repo', ...parts))).toBe(true)
      expect(derivedId('repo', ...parts)).toBe(derivedId('repo', ...parts))
      expect(derivedId('repo', ...parts, 'more')).not.toBe(derivedId('repo', ...parts))
    }),
  )
  expect(derivedId('repo', 'a', 'b')).not.toBe(derivedId('repo', 'b', 'a'))
  expect(derivedId('repo', 'ab')).not.toBe(derivedId('repo', 'a', 'b'))
  expect(derivedId('repo', 'a')).not.toBe(derivedId('workflow', 'a'))
})

// Vectors of FNV-1a, 64 bits: ids that were derived once stay as they are.
test.each([
  ['', 'cbf29ce484222325'],
  ['a', 'af63dc4c8601ec8c'],
  ['foobar', '85944171f73967e8'],
])('the fingerprint of %j is %s', (text, hash) => {
  expect(fingerprint(text)).toBe(hash)
})
