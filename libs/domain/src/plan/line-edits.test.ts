import { diffArrays } from 'diff'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineEdits } from './line-edits.ts'

const way = (before: string, after: string, most?: number) =>
  lineEdits(before.split(''), after.split(''), most)
    .map(({ sign, line }) => (sign === ' ' ? line : `${sign}${line}`))
    .join(' ')

test.each<[string, string, string]>([
  ['', '', ''],
  ['abc', 'abc', 'a b c'],
  ['', 'ab', '+a +b'],
  ['ab', '', '-a -b'],
  ['abc', 'axc', 'a -b +x c'],
  ['abc', 'abxc', 'a b +x c'],
  ['abxc', 'abc', 'a b -x c'],
  ['abcabba', 'cbabac', '-a -b c +b a b -b a +c'],
  ['aXbYc', 'abc', 'a -X b -Y c'],
])('from %j to %j: %s', (before, after, edits) => {
  expect(way(before, after)).toBe(edits)
})

test('what takes too many steps is exchanged as a whole', () => {
  expect(way('a1b2c', 'a3b4c', 3)).toBe('a -1 -b -2 +3 +b +4 c')
  expect(way('a1b2c', 'a3b4c', 4)).toBe('a -1 +3 b -2 +4 c')
})

const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })

test('the way leads from one text to the other', () => {
  fc.assert(
    fc.property(lines, lines, fc.nat({ max: 60 }), (before, after, most) => {
      const edits = lineEdits(before, after, most)
      expect(edits.filter(({ sign }) => sign !== '+').map(({ line }) => line)).toEqual(before)
      expect(edits.filter(({ sign }) => sign !== '-').map(({ line }) => line)).toEqual(after)
    }),
  )
})

test('the way is as short as that of a well-known library', () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const changed = lineEdits(before, after).filter(({ sign }) => sign !== ' ').length
      const theirs = diffArrays(before, after).filter(({ added, removed }) => added || removed)
      expect(changed).toBe(theirs.reduce((sum, { count }) => sum + count, 0))
    }),
  )
})
