import { type Document, LineCounter, parseAllDocuments, visit } from 'yaml'
import type { ManifestError } from '../manifest-error.ts'
import { defaultParseLimits } from '../parse-limits.ts'
import { decodeText, describeYamlError, remedyForYaml, yamlSchema } from '../parse-manifest-file.ts'
import { type Data, readNode } from '../read-node.ts'

/** A YAML file that tells how others are used, such as a `kustomization.yaml`. */
export type Values = {
  readonly documents: readonly Data[]
  /** Where a text stands first, 1-based; 0 if nowhere. */
  readonly lineOf: (text: string) => number
}

/** Nobody writes more by hand; it is parsed where others wait. */
const bytesAtMost = 512 * 1024

export function readValues(file: string, body: Uint8Array): Values | readonly ManifestError[] {
  const whole = (message: string, remedy: string) => [{ file, line: 0, message, try: remedy }]
  if (body.length > bytesAtMost) return whole(`the file is larger than ${bytesAtMost} bytes`, 'split it')
  const text = decodeText(body)
  if (text === undefined) return whole('the file is not UTF-8 text', 'save it as UTF-8')
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, {
    schema: yamlSchema,
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  })
  const documents: readonly Document.Parsed[] = Array.isArray(parsed) ? parsed : []
  const errors: ManifestError[] = []
  const values: Data[] = []
  for (const document of documents) {
    for (const error of document.errors.slice(0, 3))
      errors.push({
        file,
        line: lines.linePos(error.pos[0]).line,
        message: describeYamlError(error),
        try: remedyForYaml(error),
      })
    if (document.errors.length > 0) continue
    const { data, complaints } = readNode(document.contents, defaultParseLimits)
    for (const { offset, message, remedy } of complaints)
      errors.push({ file, line: lines.linePos(offset).line, message, try: remedy })
    values.push(data)
  }
  if (errors.length > 0) return errors
  let offsets: ReadonlyMap<string, number> | undefined
  const lineOf = (wanted: string) => {
    const offset = (offsets ??= firstOffsets(documents)).get(wanted)
    return offset === undefined ? 0 : lines.linePos(offset).line
  }
  return { documents: values, lineOf }
}

/** Where each text stands first. */
function firstOffsets(documents: readonly Document.Parsed[]): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>()
  for (const document of documents)
    visit(document, {
      Scalar: (_key, { value, range }) => {
        if (typeof value === 'string' && range && !offsets.has(value)) offsets.set(value, range[0])
      },
    })
  return offsets
}
