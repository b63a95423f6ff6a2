import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml'
import { resolveScalar, resolveTagged, ScalarError, type ScalarValue } from './resolve-scalar.ts'

export type ReadLimits = {
  /** How many folds deep objects and lists may nest. */
  readonly maxDepth: number
  /** How many values the aliases of one document may copy. */
  readonly maxAliasedNodes: number
}

export type Complaint = { readonly offset: number; readonly message: string; readonly remedy: string }

/** Plain data, as JSON would give it, with bigint beyond 2^53. */
export type Data = ScalarValue | Data[] | { [key: string]: Data }

type Reading = {
  readonly limits: ReadLimits
  readonly anchors: Map<string, Node>
  readonly complaints: Complaint[]
  readonly open: Set<Node>
  aliasDepth: number
  aliased: number
}

class TooMuchError extends Error {}

/**
 * Turns a document's nodes, read without any schema, into plain data by kubectl's rules. Never throws: what is wrong
 * comes back as complaints, and the data is then of no use.
 */
export function readNode(root: Node | null, limits: ReadLimits): { data: Data; complaints: readonly Complaint[] } {
  const reading: Reading = {
    limits,
    anchors: new Map(),
    complaints: [],
    open: new Set(),
    aliasDepth: 0,
    aliased: 0,
  }
  try {
    return { data: read(reading, root, 0), complaints: reading.complaints }
  } catch (error) {
    if (!(error instanceof TooMuchError)) throw error
    return { data: null, complaints: reading.complaints }
  }
}

function read(reading: Reading, node: Node | null | undefined, depth: number): Data {
  if (node === null || node === undefined) return null
  if (isAlias(node)) return follow(reading, node, node.source, depth)
  if (depth > reading.limits.maxDepth)
    throw tooMuch(reading, node, `values nest more than ${reading.limits.maxDepth} deep`, 'flatten the document')
  if (reading.aliasDepth > 0 && ++reading.aliased > reading.limits.maxAliasedNodes)
    throw tooMuch(reading, node, 'its aliases expand to too many values', 'write the values out')
  if ('anchor' in node && node.anchor && reading.aliasDepth === 0) reading.anchors.set(node.anchor, node)
  if (isScalar(node)) return readScalar(reading, node)
  reading.open.add(node)
  try {
    if (isSeq(node)) return node.items.map((item) => read(reading, item as Node, depth + 1))
    if (isMap(node)) return readMap(reading, node.items as readonly NodePair[], depth)
  } finally {
    reading.open.delete(node)
  }
  return null
}

type NodePair = { readonly key: Node | null; readonly value: Node | null }

function readMap(reading: Reading, pairs: readonly NodePair[], depth: number): Data {
  const result: { [key: string]: Data } = {}
  const given = new Set<string>()
  for (const { key, value } of pairs) {
    if (isMergeKey(key)) {
      merge(reading, result, value, depth)
      continue
    }
    const name = readKey(reading, key, depth)
    if (name === undefined) continue
    if (given.has(name)) complain(reading, key, `the key ${quote(name)} is given twice`, 'keep one of them')
    given.add(name)
    put(result, name, read(reading, value, depth + 1))
  }
  return result
}

/** kubectl lets a merge overwrite what stands before it, and be overwritten by what follows. */
function merge(reading: Reading, into: { [key: string]: Data }, value: Node | null, depth: number): void {
  const merged = read(reading, value, depth + 1)
  const sources = Array.isArray(merged) ? merged.toReversed() : [merged]
  for (const source of sources) {
    if (source === null || typeof source !== 'object' || Array.isArray(source))
      complain(reading, value, 'a merge key (`<<`) takes a map or a list of maps', 'merge a map')
    else for (const [name, inherited] of Object.entries(source)) put(into, name, inherited)
  }
}

function isMergeKey(key: Node | null): boolean {
  if (!isScalar(key) || key.value !== '<<') return false
  return (key.type === 'PLAIN' && (key.tag === undefined || key.tag === '!')) || key.tag === 'tag:yaml.org,2002:merge'
}

function readKey(reading: Reading, key: Node | null, depth: number): string | undefined {
  const value = read(reading, key, depth + 1)
  if (value !== null && typeof value !== 'object') return String(value)
  const what = value === null ? 'null' : 'a list or a map'
  complain(reading, key, `${what} cannot be a key`, 'quote the key')
  return undefined
}

/** `__proto__` must become a key like any other. */
function put(target: { [key: string]: Data }, key: string, value: Data): void {
  if (key !== '__proto__') target[key] = value
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}

function readScalar(reading: Reading, node: Scalar): Data {
  const text = typeof node.value === 'string' ? node.value : (node.source ?? '')
  try {
    if (node.tag === '!' || node.tag === undefined)
      return node.type === 'PLAIN' && node.tag === undefined ? resolveScalar(text) : text
    return resolveTagged(node.tag, text)
  } catch (error) {
    if (!(error instanceof ScalarError)) throw error
    complain(reading, node, error.message, 'quote it if text is meant')
    return null
  }
}

function follow(reading: Reading, node: Node, name: string, depth: number): Data {
  const target = reading.anchors.get(name)
  if (target === undefined || reading.open.has(target)) {
    // What follows the asterisk may be a password that should have been quoted: it is not repeated.
    const message =
      target === undefined ? 'the alias (an unquoted `*`) has no anchor' : `the anchor ${quote(name)} holds itself`
    complain(reading, node, message, 'write the value out, in quotes if it begins with an asterisk')
    return null
  }
  reading.aliasDepth++
  const data = read(reading, target, depth)
  reading.aliasDepth--
  return data
}

function complain({ complaints }: Reading, node: Node | null, message: string, remedy: string): void {
  if (complaints.length < 20) complaints.push({ offset: node?.range?.[0] ?? 0, message, remedy })
}

function tooMuch(reading: Reading, node: Node, message: string, remedy: string): TooMuchError {
  reading.complaints.push({ offset: node.range?.[0] ?? 0, message, remedy })
  return new TooMuchError(message)
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
