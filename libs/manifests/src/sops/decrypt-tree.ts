import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
  Schema,
} from 'yaml'
import { isUtf8 } from 'node:buffer'
import type { OpenedValue } from './encrypted-value.ts'
import { goJsonText, goYamlText } from './go-scalar.ts'
import { SopsError } from './sops-error.ts'
import type { Texts } from './sops-metadata.ts'
import { boolOf, type Leaf } from './sops-tree.ts'

/** Where a leaf stands in the text. */
export type TreeLeaf = Leaf & { readonly document: number; readonly start: number; readonly end: number }

export type Tree = {
  readonly metadata: Texts
  readonly leaves: readonly TreeLeaf[]
  /** Where SOPS's metadata stands, to be taken out. */
  readonly cuts: readonly { readonly start: number; readonly end: number }[]
}

type Reading = {
  readonly format: 'yaml' | 'json'
  readonly text: string
  readonly lines: LineCounter
  readonly leaves: TreeLeaf[]
  document: number
}

// Every scalar stays text: what it means to SOPS is decided by SOPS's rules.
const schema = new Schema({ schema: 'failsafe' })
const depthAtMost = 100

/** Reads a YAML or JSON file that SOPS encrypted. Throws SopsError. */
export function readTree(text: string, format: 'yaml' | 'json'): Tree {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { schema, lineCounter: lines, prettyErrors: false })
  const reading: Reading = { format, text, lines, leaves: [], document: 0 }
  const cuts: { start: number; end: number }[] = []
  let metadata: Texts | undefined
  for (const [index, document] of (documents as readonly Document.Parsed[]).entries()) {
    const [error] = document.errors
    // The library's texts quote the file.
    if (error !== undefined)
      throw new SopsError('it is malformed', 'restore the file as sops wrote it', lines.linePos(error.pos[0]).line)
    reading.document = index
    const root = document.contents as Node | null
    if (root === null || (isScalar(root) && root.value === '')) continue
    if (!isMap(root)) throw new SopsError('it holds a document that is no map', 'restore the file as sops wrote it')
    for (const [i, pair] of (root.items as readonly Pair<Node, Node | null>[]).entries()) {
      if (nameOf(reading, pair) !== 'sops') continue
      metadata ??= textsOf(pair.value, 0)
      cuts.push(cutOf(root.flow === true, root.items as readonly Pair<Node, Node | null>[], i))
    }
    readMap(reading, root.items as readonly Pair<Node, Node | null>[], [], '')
  }
  if (metadata === undefined) throw new SopsError('its SOPS metadata is missing', 'restore the file as sops wrote it')
  return { metadata, leaves: reading.leaves, cuts }
}

/** The file with opened values in place of the encrypted ones and without the metadata; every line keeps its number. */
export function writeTree(
  text: string,
  { leaves, cuts }: Tree,
  opened: readonly (OpenedValue | undefined)[],
  format: 'yaml' | 'json',
): string {
  const edits = [
    ...leaves.flatMap(({ start, end, line, pointer }, i) => {
      const value = opened[i]
      return value === undefined ? [] : [{ start, end, text: literal(value, format, pointer, line) }]
    }),
    ...cuts.map(({ start, end }) => ({ start, end, text: text.slice(start, end).replaceAll(/[^\n]/g, '') })),
  ].toSorted((a, b) => a.start - b.start)
  const parts: string[] = []
  let at = 0
  for (const edit of edits) {
    parts.push(text.slice(at, edit.start), edit.text)
    at = edit.end
  }
  return parts.join('') + text.slice(at)
}

function readMap(
  reading: Reading,
  pairs: readonly Pair<Node, Node | null>[],
  path: readonly string[],
  pointer: string,
): void {
  for (const pair of pairs) {
    const name = nameOf(reading, pair)
    if (name === 'sops' && path.length === 0) continue
    readValue(reading, pair.value, [...path, name], `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  }
}

function readValue(reading: Reading, node: Node | null, path: readonly string[], pointer: string): void {
  if (node === null) return
  const line = reading.lines.linePos(node.range?.[0] ?? 0).line
  if (isAlias(node) || node.anchor !== undefined)
    throw new SopsError(`the value at ${pointer} has an anchor or an alias`, 'write the value out', line)
  if (pointer.split('/').length > depthAtMost)
    throw new SopsError(`values nest more than ${depthAtMost} deep`, 'flatten the document', line)
  if (isMap(node)) return readMap(reading, node.items as readonly Pair<Node, Node | null>[], path, pointer)
  if (isSeq(node))
    return node.items.forEach((item, i) => readValue(reading, item as Node | null, path, `${pointer}/${i}`))
  if (isScalar(node)) reading.leaves.push(leafOf(reading, node, path, pointer, line))
}

function leafOf(
  { format, document }: Reading,
  node: Scalar,
  path: readonly string[],
  pointer: string,
  line: number,
): TreeLeaf {
  const value = typeof node.value === 'string' ? node.value : ''
  const [start = 0, end = 0] = node.range ?? []
  const isPlain = node.type === 'PLAIN' && node.tag === undefined
  const goText = !isPlain ? value : format === 'yaml' ? goYamlText(value) : goJsonText(value)
  // What reads as itself is text: the ciphertext of a value is, and so is a word.
  const isText = isPlain ? goText === value && !/^[-+.\d]/.test(value) : true
  const isBinary = node.tag === 'tag:yaml.org,2002:binary'
  return {
    path,
    pointer,
    line,
    document,
    start,
    end,
    text: isText ? value : null,
    macBytes: () => (goText === null ? null : Buffer.from(goText, isBinary ? 'base64' : 'utf8')),
  }
}

function nameOf({ lines }: Reading, { key }: Pair<Node, Node | null>): string {
  if (isScalar(key) && typeof key.value === 'string' && key.anchor === undefined) return key.value
  throw new SopsError('it has a key that is no text', 'quote the key', lines.linePos(key.range?.[0] ?? 0).line)
}

/** In a flow map (JSON) the comma before the metadata goes too, or the one behind it. */
function cutOf(
  isFlow: boolean,
  pairs: readonly Pair<Node, Node | null>[],
  index: number,
): { start: number; end: number } {
  const [before, pair, after] = [pairs[index - 1], pairs[index], pairs[index + 1]]
  const start = pair?.key.range?.[0] ?? 0
  const end = pair?.value?.range?.[1] ?? start
  if (!isFlow) return { start, end: pair?.value?.range?.[2] ?? end }
  const previous = before?.value?.range?.[1]
  if (previous !== undefined) return { start: previous, end }
  return { start, end: after?.key.range?.[0] ?? end }
}

function textsOf(node: Node | null, depth: number): Texts {
  if (depth > depthAtMost) throw new SopsError('its SOPS metadata nests too deep', 'restore the file as sops wrote it')
  if (isScalar(node)) return typeof node.value === 'string' ? node.value : ''
  if (isSeq(node)) return node.items.map((item) => textsOf(item as Node | null, depth + 1))
  if (!isMap(node)) return null
  return Object.fromEntries(
    (node.items as readonly Pair<Node, Node | null>[]).flatMap(({ key, value }) =>
      isScalar(key) && typeof key.value === 'string' ? [[key.value, textsOf(value, depth + 1)]] : [],
    ),
  )
}

/** A value as the format writes it; a text in quotes, so that it can be nothing else. */
function literal({ type, bytes }: OpenedValue, format: 'yaml' | 'json', pointer: string, line: number): string {
  const text = bytes.toString('utf8')
  if (type === 'bool') return String(boolOf(bytes))
  if (type === 'int' || (type === 'float' && Number.isFinite(Number(text)))) return text
  if (isUtf8(bytes)) return quoted(text)
  if (format === 'yaml') return `!!binary "${bytes.toString('base64')}"`
  throw new SopsError(`the value at ${pointer} is no text, and JSON holds only text`, 'encrypt it as YAML', line)
}

// YAML 1.1 takes some signs for the end of a line, and refuses those that do not print.
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029\ufeff\ufffe\uffff]/gu

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    unprintable,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
