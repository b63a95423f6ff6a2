import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { InvalidManifestsError } from './manifest-error.ts'
import { parseManifestFile } from './parse-manifest-file.ts'

const syntax = 'a b: ::: - ? " \' | > # &x *x <<: !!int !t %YAML --- ... { } [ ] , 0755 .nan 1e999 = @ ` 😀'.split(' ')
const spaces = ['\n', '\n  ', ' ', '\t', '\r\n', '\u0000', '\ufeff', '\u2028', '# ']
const words = ['apiVersion: v1\n', 'kind: List\n', 'items:\n', 'metadata: {name: x}\n', '__proto__: ', 'constructor: ']
const pieces = [...syntax, ...spaces, ...words]

test('no text makes the parser fail otherwise than with errors that have a line and a way out', () => {
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (yaml) => {
      const errors = errorsOf(Buffer.from(yaml))
      for (const { line, message, try: remedy } of errors) {
        expect(line).toBeGreaterThanOrEqual(0)
        expect(message).not.toMatch(/[\n\r]|undefined|\[object/)
        expect(message.length).toBeLessThan(400)
        expect(remedy).not.toBe('')
      }
      expect(Object.keys(Object.prototype)).toEqual([])
    }),
    { numRuns: 3000 },
  )
})

function errorsOf(body: Uint8Array): InvalidManifestsError['errors'] {
  try {
    parseManifestFile({ path: 'x.yaml', blob: '', body })
    return []
  } catch (error) {
    if (error instanceof InvalidManifestsError) return error.errors
    throw error
  }
}
