import { isRecord } from '../json/json.ts'

/**
 * A value as YAML, line by line, in one canonical order: apiVersion, kind and metadata first, names before other fields, and
 * the rest by the alphabet. Texts of several lines are literal blocks. What a reader might take for something else (numbers,
 * booleans of any YAML version, control and direction characters) is quoted.
 */
export function yamlLines(value: unknown): string[] {
  const lines: string[] = []
  if (isRecord(value) && Object.keys(value).length > 0) writeMap(value, '', '', lines, topOrder)
  else if (Array.isArray(value) && value.length > 0) writeList(value, '', lines)
  else lines.push(scalar(value))
  return lines
}

type Fields = Readonly<Record<string, unknown>>
type Order = (a: string, b: string) => number

/** Writes a map at an indent; its first line is begun by the list item that holds it. */
function writeMap(map: Fields, indent: string, firstIndent: string, lines: string[], order: Order): void {
  let lead = firstIndent
  for (const name of Object.keys(map).toSorted(order)) {
    const value = map[name]
    if (value === undefined) continue
    const key = `${lead}${isPlain(name) ? name : quoted(name)}:`
    lead = indent
    if (isRecord(value) && Object.keys(value).length > 0) {
      lines.push(key)
      writeMap(value, `${indent}  `, `${indent}  `, lines, nameFirst)
    } else if (Array.isArray(value) && value.length > 0) {
      lines.push(key)
      writeList(value, indent, lines)
    } else writeText(key, value, `${indent}  `, lines)
  }
}

function writeList(list: readonly unknown[], indent: string, lines: string[]): void {
  for (const item of list) {
    if (isRecord(item) && Object.keys(item).length > 0) writeMap(item, `${indent}  `, `${indent}- `, lines, nameFirst)
    else if (Array.isArray(item) && item.length > 0) {
      lines.push(`${indent}-`)
      writeList(item, `${indent}  `, lines)
    } else writeText(`${indent}-`, item, `${indent}  `, lines)
  }
}

function writeText(lead: string, value: unknown, indent: string, lines: string[]): void {
  if (typeof value !== 'string' || !isBlock(value)) {
    lines.push(`${lead} ${scalar(value)}`)
    return
  }
  const [first = ''] = value.split('\n', 1)
  const place = first === '' || first.startsWith(' ') ? '2' : ''
  const end = value.endsWith('\n\n') ? '+' : value.endsWith('\n') ? '' : '-'
  lines.push(`${lead} |${place}${end}`)
  const text = value.endsWith('\n') ? value.slice(0, -1) : value
  for (const line of text.split('\n')) lines.push(line === '' ? '' : `${indent}${line}`)
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return isPlain(value) ? value : quoted(value)
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return '[]'
  if (isRecord(value)) return '{}'
  return JSON.stringify(value ?? null)
}

const top = ['apiVersion', 'kind', 'metadata']

function topOrder(a: string, b: string): number {
  const [left, right] = [top.indexOf(a), top.indexOf(b)]
  if (left < 0 && right < 0) return byAlphabet(a, b)
  return left < 0 ? 1 : right < 0 ? -1 : left - right
}

function nameFirst(a: string, b: string): number {
  if (a === 'name') return -1
  return b === 'name' ? 1 : byAlphabet(a, b)
}

function byAlphabet(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

// Begins as no indicator does, holds no `: ` and no ` #`, and ends in neither a colon nor a space.
const plain =
  /^(?:[A-Za-z0-9_/.(\u00a1-\u1fff\u3000-\ud7ff]|--?[A-Za-z])(?:[!-9;-~\u00a1-\u1fff\u3000-\ud7ff]|:(?=[^ ])| (?=[^ #]))*$/
const endsOpen = /[: ]$/
// What some version of YAML reads as a number, a date, a time or an amount of minutes.
const numeric = /^[-+.]?[\d.][\d_.:,eExXoObBa-fA-F+\-TtZ ]*$/
// `e1` is a number for some readers of YAML 1.1.
const words = /^(?:y|n|yes|no|on|off|true|false|null|\.nan|[-+]?\.inf|e[-+]?\d+)$/i

function isPlain(text: string): boolean {
  return plain.test(text) && !endsOpen.test(text) && !numeric.test(text) && !words.test(text) && !text.startsWith('---')
}

// Lines that a block can hold as they are.
const blockText = /^(?:[\t\n !-~\u00a1-\u1fff\u3000-\ud7ff])*$/
// Readers differ in whether spaces that end a block are of its text.
const endsBlank = /\n[ \t]+\n*$/

function isBlock(text: string): boolean {
  return (
    text.includes('\n') && blockText.test(text) && text.trim() !== '' && !/^ *\t/.test(text) && !endsBlank.test(text)
  )
}

// Control characters, those that turn or hide text, and all that some reader takes for the end of a line.
const hidden = /[\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\uffff]/g

function quoted(text: string): string {
  return JSON.stringify(text).replace(
    hidden,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
