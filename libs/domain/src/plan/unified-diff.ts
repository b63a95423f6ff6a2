import { lineEdits } from './line-edits.ts'
import type { LineEdit } from './line-edits.ts'
import type { KubernetesObject } from '../object/object-ref.ts'
import { yamlLines } from './yaml-lines.ts'

const context = 3
const mostLines = 1_000
const mostCharacters = 100_000
const longestLine = 2_000

/**
 * The unified diff of two objects as YAML, with three lines around each change; empty when no line differs. Left out is what
 * the server keeps for itself (managedFields, status, resourceVersion, uid, generation, creationTimestamp). An object that
 * is not there is /dev/null. At most 1,000 lines and 100,000 characters; the last line says how much was cut.
 * Mask the objects before.
 */
export function unifiedDiff(before: KubernetesObject | undefined, after: KubernetesObject | undefined): string {
  const hunks = hunksOf(lineEdits(linesOf(before), linesOf(after)))
  if (hunks.length === 0) return ''
  const lines = [`--- ${nameOf(before, 'a')}`, `+++ ${nameOf(after, 'b')}`]
  const total = hunks.reduce((sum, { edits }) => sum + edits.length, 0)
  let [shown, characters] = [0, 0]
  for (const { edits, before: at, after: to } of hunks) {
    const fitting: string[] = []
    for (const { sign, line } of edits) {
      const text = `${sign}${cut(line)}`
      if (shown === mostLines || characters + text.length > mostCharacters) break
      fitting.push(text)
      shown++
      characters += text.length + 1
    }
    if (fitting.length > 0) lines.push(header(edits.slice(0, fitting.length), at, to), ...fitting)
    if (fitting.length < edits.length) break
  }
  if (shown < total)
    lines.push(`\\ ${total - shown} more line${total - shown === 1 ? '' : 's'} of this diff are not shown`)
  return `${lines.join('\n')}\n`
}

type Hunk = {
  /** Lines of the text before this hunk, on each side. */
  readonly before: number
  readonly after: number
  readonly edits: readonly LineEdit[]
}

function hunksOf(edits: readonly LineEdit[]): Hunk[] {
  const hunks: Hunk[] = []
  let [before, after, next] = [0, 0, 0]
  const pass = (until: number) => {
    for (; next < until; next++) {
      const { sign } = edits[next] ?? { sign: ' ' }
      if (sign !== '+') before++
      if (sign !== '-') after++
    }
  }
  for (let at = 0; at < edits.length; at++) {
    if (edits[at]?.sign === ' ') continue
    pass(Math.max(next, at - context))
    const [start, hunk] = [next, { before, after }]
    let [last, end] = [at, at + 1]
    for (; end < edits.length && end - last <= 2 * context + 1; end++) if (edits[end]?.sign !== ' ') last = end
    end = Math.min(edits.length, last + 1 + context)
    pass(end)
    hunks.push({ ...hunk, edits: edits.slice(start, end) })
    at = end - 1
  }
  return hunks
}

function header(edits: readonly LineEdit[], before: number, after: number): string {
  const out = edits.filter(({ sign }) => sign !== '+').length
  const into = edits.filter(({ sign }) => sign !== '-').length
  return `@@ -${range(before, out)} +${range(after, into)} @@`
}

// A range of no lines is named by the line before it.
function range(start: number, count: number): string {
  return `${count === 0 ? start : start + 1},${count}`
}

function linesOf(object: KubernetesObject | undefined): readonly string[] {
  if (object === undefined) return []
  const { status: _status, ...fields } = object
  const {
    managedFields: _owners,
    resourceVersion: _version,
    uid: _uid,
    generation: _generation,
    ...rest
  } = object.metadata
  const { creationTimestamp: _created, ...metadata } = rest
  return yamlLines({ ...fields, metadata })
}

function nameOf(object: KubernetesObject | undefined, side: 'a' | 'b'): string {
  if (object === undefined) return '/dev/null'
  const { namespace, name } = object.metadata
  const parts = [side, object.kind, ...(namespace === undefined ? [] : [namespace]), name]
  // A manifest may hold anything where a name should be.
  return parts.join('/').replace(/[^!-~]/g, '?')
}

function cut(line: string): string {
  if (line.length <= longestLine) return line
  return `${line.slice(0, longestLine)}… (${line.length - longestLine} more characters)`
}
