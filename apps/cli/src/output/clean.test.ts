import { expect, test } from 'vitest'
import { clean, cleanLine, escaped } from './clean.ts'

test.each([
  ['a colour', '\u001b[31mred\u001b[0m', '[31mred[0m'],
  ['a title of the window', '\u001b]0;owned\u0007', ']0;owned'],
  ['an 8-bit escape', '\u009b2J', '2J'],
  ['a carriage return', 'safe\revil', 'safeevil'],
  ['a backspace', 'a\bb', 'ab'],
  ['a turn of direction', 'a\u202eb\u2066c', 'abc'],
  ['a character without width', 'a\u200bb', 'ab'],
  ['a tab', 'a\tb', 'a  b'],
  ['lines', 'a\r\nb\nc', 'a\nb\nc'],
  ['letters of the world', 'Grüße, 日本', 'Grüße, 日本'],
])('%s is made harmless', (_what, text, safe) => {
  expect(clean(text)).toBe(safe)
})

test('a line is one line', () => {
  expect(cleanLine('a\n  b \r\n c')).toBe('a b c')
})

test('a value keeps what it holds, in a form that is safe to show', () => {
  expect(escaped('a\u202eb\u001b[2J\r\n日本')).toBe('a\\u202eb\\u001b[2J\\u000d\n日本')
})
