import type { ManifestError } from '../manifest-error.ts'
import { parseEach } from '../parse-in-worker.ts'
import { defaultParseLimits } from '../parse-limits.ts'
import type { ParsedObject } from '../parse-manifest-file.ts'

/** One document of what a program rendered. */
export type RenderedDocument = {
  /** The file of the repository that it comes from. */
  readonly source: string
  readonly body: Uint8Array
}

const separator = Buffer.from('---\n')

/** Cuts a stream of YAML documents into its documents; those without content are left out. */
export function splitDocuments(stream: Uint8Array): readonly Buffer[] {
  const text = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength)
  const documents: Buffer[] = []
  let start = 0
  for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, at + 1)) {
    // A block of text is indented: at the start of a line it separates.
    if (at > 0 && text[at - 1] !== 0x0a) continue
    documents.push(text.subarray(start, at))
    start = at + separator.length
  }
  return [...documents, text.subarray(start)].filter((document) => document.some((byte) => byte > 0x20))
}

/** Parses what was rendered as what people commit is parsed. Errors name the source. */
export async function parseDocuments(
  documents: readonly RenderedDocument[],
  signal: AbortSignal | undefined,
): Promise<{ readonly objects: readonly ParsedObject[] } | readonly ManifestError[]> {
  const limits = { maxBytes: defaultParseLimits.maxBytes }
  const files = documents.map(({ source, body }) => ({ path: source, blob: '', body, isGenerated: true }))
  const results = await parseEach(files, { limits, ...(signal && { signal }) })
  const errors = results.flatMap((result) => result.errors)
  if (errors.length > 0) return errors.map(ofRendered)
  return { objects: results.flatMap(({ objects }) => objects.map((parsed) => ({ ...parsed, line: 0 }))) }
}

/** The line is one of the output, which nobody has seen. */
function ofRendered({ file, line, message, try: remedy }: ManifestError): ManifestError {
  const where = line > 0 ? `, in line ${line} of what it renders to` : ''
  const remade = remedy.replace(/, or exclude the file in \.plimsollignore.*$/, '')
  return { file, line: 0, message: `${message}${where}`, try: remade }
}
