import type { JsonV1 } from '@plimsoll/proto'
import { escaped } from '../clean.ts'
import { yamlText } from '../print.ts'

/** A value on one line, as YAML has it: a text that could be taken for something else is in quotes. */
export function inlineValue(value: JsonV1): string {
  if (typeof value === 'object' && value !== null) return escaped(JSON.stringify(value))
  const text = yamlText(value).trimEnd()
  return text.includes('\n') ? escaped(JSON.stringify(value)) : text
}

/** Whether a value reads better on lines of its own. */
export function isLong(value: JsonV1 | undefined): boolean {
  if (typeof value === 'string') return value.trimEnd().includes('\n')
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

/** A value on as many lines as it takes: a text line by line, the rest as YAML. */
export function valueLines(value: JsonV1): readonly string[] {
  const text = typeof value === 'string' ? value : yamlText(value)
  return text.replace(/\n$/, '').split('\n').map(visibleLine)
}

/** A text of one line, cut to `width` so that the first difference to `other` stays in sight. */
export function cutAlike(text: string, other: string, width: number): string {
  if (text.length <= width && other.length <= width) return text
  let common = 0
  while (common < text.length && text[common] === other[common]) common++
  // With a little of what comes before it, or with as much as there is room for.
  const start = Math.min(common - Math.floor(width / 4), Math.max(text.length, other.length) - width)
  return cut(text, common > width / 2 ? Math.max(start, 0) : 0, width)
}

/** A text of one line, with … in place of what does not fit. */
export function cut(text: string, start: number, width: number): string {
  const rest = start > 0 ? `…${text.slice(start + 1)}` : text
  return (rest.length > width ? `${rest.slice(0, Math.max(width - 1, 1))}…` : rest).toWellFormed()
}

/** A line of a text that a reader compares with another. */
export function visibleLine(line: string): string {
  // Tabs, and blanks at the end, are a difference that nobody sees.
  return escaped(line.replaceAll('\t', '⇥ ').replace(/ +$/, (blanks) => '␣'.repeat(blanks.length)))
}
