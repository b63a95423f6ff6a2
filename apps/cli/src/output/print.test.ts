import { parse } from 'yaml'
import { expect, test } from 'vitest'
import { yamlText } from './print.ts'

const texts = [
  'yes',
  'on',
  'null',
  '~',
  '0755',
  '0o17',
  '1:30',
  '1_000',
  '12e3',
  '.5',
  '2024-01-01',
  '=',
  '<<',
  ' a ',
  '9007199254740993',
  'a\nb\n',
  '\tindented\n  more\n',
  'a\u0007b\u009b2J',
  'turn\u202eed\u2028',
  '- no item',
  'k: v # c',
  '"',
  '\\u202e',
  '',
]
const data = { texts, keys: Object.fromEntries(texts.map((text) => [`${text}!`, text])), numbers: [1, 1.5, 1e21] }

test.each(['1.1', '1.2'] as const)('a reader of YAML %s gets back what was printed', (version) => {
  expect(parse(yamlText(data), { version })).toEqual(data)
})

test('nothing that a terminal obeys is printed', () => {
  // oxlint-disable-next-line no-control-regex
  expect(yamlText(data)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/)
})

test('a long line is not folded', () => {
  expect(yamlText({ line: 'word '.repeat(60).trim() })).toBe(`line: ${'word '.repeat(60).trim()}\n`)
})
