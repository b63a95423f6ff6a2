import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitLines } from './split-lines.ts'

async function* chunksOf(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test('lines arrive whole, however the bytes are cut', async () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'))
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 7 }), async (lines, size) => {
      const text = lines.map((one) => `${one}\n`).join('')
      expect(await Array.fromAsync(splitLines(chunksOf(text, size)))).toEqual(lines)
    }),
  )
})

test('a line that was cut off is passed on', async () => {
  expect(await Array.fromAsync(splitLines(chunksOf('{"a":1}\n{"b":', 4)))).toEqual(['{"a":1}', '{"b":'])
})
