import type { KubernetesObject } from '@plimsoll/domain'
import { type Document, isMap, isSeq, LineCounter, type Node, parseAllDocuments, Schema, type YAMLError } from 'yaml'
import { checkObject } from './check-object.ts'
import { InvalidManifestsError, type ManifestError } from './manifest-error.ts'
import { defaultParseLimits, type ParseLimits } from './parse-limits.ts'
import { type Data, readNode } from './read-node.ts'
import { readSimple } from './read-simple.ts'

export type SourceFile = {
  /** Relative to the folder that is rendered. */
  readonly path: string
  /** Git's id of the body. */
  readonly blob: string
  readonly body: Uint8Array
  /** A program wrote it, one document: most can be read in a simpler way, and none has lines that anybody knows. */
  readonly isGenerated?: boolean
}

export type ParsedObject = {
  readonly object: KubernetesObject
  readonly file: string
  /** Where the object begins, 1-based. */
  readonly line: number
  /** Git's id of the body it was read from; for a symbolic link that of the file it leads to. */
  readonly blob: string
  /** JSON pointers of values that were encrypted in Git. */
  readonly sensitive?: readonly string[]
}

// Every scalar stays text: what it means is decided by kubectl's rules, not by this library's.
export const yamlSchema: Schema = new Schema({ schema: 'failsafe' })
const controlCharacter = /(?![\t\n\r\x7f-\x9f])\p{Cc}/u
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The objects of one YAML or JSON file, Lists unwrapped. Throws InvalidManifestsError with every error of the file. */
export function parseManifestFile(file: SourceFile, limits: ParseLimits = defaultParseLimits): ParsedObject[] {
  const result = readManifestFile(file, limits)
  if (result.errors.length > 0) throw new InvalidManifestsError(result.errors)
  return result.objects
}

/** As parseManifestFile, with the errors as data beside what could be read. */
export function readManifestFile(
  { path, blob, body, isGenerated = false }: SourceFile,
  limits: ParseLimits,
): { objects: ParsedObject[]; errors: ManifestError[] } {
  const whole = (message: string, remedy: string, line = 0) => ({
    objects: [],
    errors: [{ file: path, line, message, try: remedy }],
  })
  if (body.length > limits.maxFileBytes)
    return whole(`the file is larger than ${limits.maxFileBytes} bytes`, 'split it, or exclude it in .plimsollignore')
  const text = decodeText(body)
  if (text === undefined)
    return whole('the file is not UTF-8 text', 'save it as UTF-8, or exclude it in .plimsollignore')
  const control = controlCharacter.exec(text)
  if (control !== null) {
    const line = text.slice(0, control.index).split('\n').length
    return whole(`the file holds the control character 0x${control[0].charCodeAt(0).toString(16)}`, 'remove it', line)
  }
  const simple = isGenerated || isJson(text) ? readSimple(text, limits.maxDepth) : undefined
  const checked = simple === undefined || listItems(simple.data) ? undefined : checkObject(simple.data)
  if (checked !== undefined && 'object' in checked) {
    const line = isGenerated ? 1 : text.slice(0, text.indexOf('{')).split('\n').length
    return { objects: [{ object: checked.object, file: path, line, blob }], errors: [] }
  }
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, {
    schema: yamlSchema,
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  })
  if (documents.length > limits.maxDocuments)
    return whole(`the file holds more than ${limits.maxDocuments} documents`, 'split it')
  const lineOf = (offset: number) => lines.linePos(offset).line
  const objects: ParsedObject[] = []
  const errors: ManifestError[] = []
  for (const document of documents as readonly Document.Parsed[])
    readDocument(document, limits, {
      object: (object, offset) => objects.push({ object, file: path, line: lineOf(offset), blob }),
      error: (offset, message, remedy) => errors.push({ file: path, line: lineOf(offset), message, try: remedy }),
    })
  return { objects, errors }
}

/** Whether it is one JSON object, which there is only one way to read, but for keys that are given twice. */
function isJson(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

type Sink = {
  object(object: KubernetesObject, offset: number): void
  error(offset: number, message: string, remedy: string): void
}

function readDocument(document: Document.Parsed, limits: ParseLimits, sink: Sink): void {
  if (document.errors.length > 0) {
    for (const error of document.errors.slice(0, 3))
      sink.error(error.pos[0], describeYamlError(error), remedyForYaml(error))
    return
  }
  const { data, complaints } = readNode(document.contents, limits)
  for (const { offset, message, remedy } of complaints) sink.error(offset, message, remedy)
  if (complaints.length === 0 && data !== null) unwrap(data, document.contents, document.range[0], sink)
}

/** A List is a way to write several objects in one: `kind: List`, or the typed lists that an API server answers with. */
function unwrap(data: Data, node: Node | null, offset: number, sink: Sink): void {
  const start = node?.range?.[0] ?? offset
  const items = listItems(data)
  if (items === undefined) {
    const checked = checkObject(data)
    if ('object' in checked) sink.object(checked.object, start)
    else for (const { message, remedy } of checked.faults) sink.error(start, message, remedy)
    return
  }
  const itemNodes = isMap(node) ? node.get('items', true) : undefined
  items.forEach((item, i) =>
    unwrap(item, isSeq(itemNodes) ? ((itemNodes.items[i] ?? null) as Node | null) : null, start, sink),
  )
}

function listItems(data: Data): readonly Data[] | undefined {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return undefined
  const { kind, apiVersion, items } = data
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return undefined
  if (kind === 'List' || apiVersion === undefined) return items
  const itemKind = kind.slice(0, -'List'.length)
  return items.map((item) =>
    item !== null && typeof item === 'object' && !Array.isArray(item) ? { apiVersion, kind: itemKind, ...item } : item,
  )
}

/** Undefined for what is not UTF-8. */
export function decodeText(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body)
  } catch {
    return undefined
  }
}

export function describeYamlError({ code, message }: YAMLError): string {
  if (code === 'RESOURCE_EXHAUSTION') return 'values nest too deep'
  // After a colon the library quotes the file, which may hold a password.
  const [problem = ''] = message.split(/:|\n/, 1)
  return `malformed YAML: ${problem.length > 200 ? `${problem.slice(0, 200)}…` : problem}`
}

export function remedyForYaml({ code }: YAMLError): string {
  if (code === 'TAB_AS_INDENT') return 'indent with spaces'
  if (code === 'RESOURCE_EXHAUSTION') return 'flatten the document'
  return 'correct the line, or exclude the file in .plimsollignore if it holds no manifest'
}
