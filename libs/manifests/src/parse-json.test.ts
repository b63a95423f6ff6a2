import { canonicalJson } from '@plimsoll/domain'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseManifestFile } from './parse-manifest-file.ts'

test('whatever is written as JSON is read back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), fc.maxSafeInteger(), (data, revision) => {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data, revision }
      for (const indent of [0, 2, '\t']) {
        const body = Buffer.from(JSON.stringify(object, null, indent))
        const [parsed] = parseManifestFile({ path: 'x.json', blob: '', body })
        expect(canonicalJson(parsed?.object)).toBe(canonicalJson(object))
      }
    }),
    { numRuns: 300 },
  )
})

test('a JSON object says on which line it begins', () => {
  const body = Buffer.from('\n\n  {"apiVersion": "v1", "kind": "ConfigMap",\n "metadata": {"name": "x"}}\n')
  expect(parseManifestFile({ path: 'x.json', blob: '', body })).toMatchObject([{ line: 3 }])
})

test('a key that JSON gives twice is refused, with its line', () => {
  const body = Buffer.from('{"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"},\n"data": {"a": 1, "a": 2}}')
  const read = () => parseManifestFile({ path: 'x.json', blob: '', body })
  expect(read).toThrow(expect.objectContaining({ errors: [expect.objectContaining({ line: 2 })] }))
})
