import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cappedOutput } from './capped-output.ts'
import { needlesOf, openMask } from './mask-output.ts'

function masked(values: readonly string[], ...pieces: readonly string[]): string {
  const mask = openMask(needlesOf(values))
  return pieces.map(mask.write).join('') + mask.end()
}

test('a value is taken out in each form in which a program prints it', () => {
  const value = 'hunter2/"ü"'
  const forms = [value, btoa('hunter2/"'), JSON.stringify(value), encodeURIComponent(value)]
  for (const form of forms) expect(masked([value, 'hunter2/"'], `it is ${form}!\n`)).not.toMatch(/hunter2|aHVudGVy/)
  expect(masked([value], `a ${value} b ${value}\n`)).toBe('a *** b ***\n')
})

test('the longest value counts where one is part of another', () => {
  expect(masked(['hunter', 'hunter22'], 'hunter22 hunter2')).toBe('*** ***2')
})

test('of a value of several lines each line is taken out', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n'
  expect(masked([key], `first\r\n${key.replaceAll('\n', '\r\n')}last`)).toBe(
    'first\r\n***\r\n***\r\n***\r\n***\r\nlast',
  )
})

test('what the program base64 makes of a long value is taken out, too', () => {
  const value = `ü${'key material '.repeat(12)}`
  const lines = Buffer.from(value).toString('base64').replaceAll(/.{76}/g, '$&\n')
  expect(masked([value], lines)).toBe('***\n***\n***=')
})

test('what is long is taken out piece by piece, and what is too short to tell anything stays', () => {
  const long = 'x1y2'.repeat(3_000)
  expect(masked([long], `a${long}b`)).toBe('a*********b')
  expect(masked(['abc', ''], 'abc')).toBe('abc')
})

test('where the pieces are cut makes no difference, and a whole line is shown at once', () => {
  const values = ['secret', 'secrets-of-all', 'aXbX', 'XaXb']
  const word = fc.constantFrom(...values, 'sec', 'ret', 'aX', 'X', 'plain', '\n', ' ')
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), fc.array(fc.nat(200), { maxLength: 10 }), (words, cuts) => {
      const text = words.join('')
      const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length]
      const pieces = at.slice(1).map((end, index) => text.slice(at[index], end))
      expect(masked(values, ...pieces)).toBe(masked(values, text))
      for (const value of values) expect(masked(values, ...pieces)).not.toContain(value)
    }),
  )
  expect(openMask(needlesOf(values)).write('a line\n')).toBe('a line\n')
})

test('of what is too long the beginning and the end are kept', () => {
  const output = cappedOutput(20)
  expect(output.text()).toBe('')
  output.add('0123456789')
  expect(output.text()).toBe('0123456789')
  output.add('abcdefghij')
  expect(output.text()).toBe('0123456789abcdefghij')
  for (let i = 0; i < 1_000; i += 1) output.add('+')
  output.add('end')
  expect(output.text()).toBe('0123456789\n[… 1003 characters are left out …]\n+++++++end')
  expect(output.tail(5)).toBe('…+end')
})
