import { expect, test } from 'vitest'
import { addQuantities, readQuantity } from './quantity.ts'

const one = 1_000_000_000n

test.each([
  ['1', one],
  ['1000m', one],
  ['0.5', one / 2n],
  ['.5', one / 2n],
  ['1.5Gi', (one * 3n * 1024n ** 3n) / 2n],
  ['2k', 2_000n * one],
  ['1e3', 1_000n * one],
  ['12E2', 1_200n * one],
  ['3E', 3n * 10n ** 18n * one],
  ['-1', -one],
  ['100u', 100_000n],
])('%s is a quantity', (text, value) => {
  expect(readQuantity(text)).toBe(value)
})

test.each(['', '.', 'abc', '1 Gi', '1Gb', '1.2.3', '1e1000000', '9'.repeat(65)])('"%s" is none', (text) => {
  expect(readQuantity(text)).toBeUndefined()
})

test.each([
  ['1', '1', '2'],
  ['500m', '1', '1500m'],
  ['900m', '100m', '1'],
  ['512Mi', '1Gi', '1610612736'],
  ['1Gi', '1Gi', '2Gi'],
  ['1Gi', '512Mi', '1536Mi'],
  ['x', '1', undefined],
])('%s and %s are %s', (a, b, sum) => {
  expect(addQuantities(a, b)).toBe(sum)
})
