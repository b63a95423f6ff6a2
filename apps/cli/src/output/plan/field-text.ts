import { lineEdits } from '@plimsoll/domain'
import type { FieldChangeV1, JsonV1 } from '@plimsoll/proto'
import { cleanLine } from '../clean.ts'
import type { Colour, Paint } from '../colours.ts'
import { cut, cutAlike, inlineValue, isLong, valueLines } from './value-text.ts'

export type TextOptions = {
  readonly paint: Paint
  /** Columns that a line may take. */
  readonly width: number
  /** Nothing is cut, folded or left out. */
  readonly full: boolean
}

type DiffLine = { readonly sign: ' ' | '-' | '+'; readonly text: string }

/** Lines that are shown around a line that changes. */
const around = 2
const ourManagers = /^plimsoll\b/

const signColours: Readonly<Record<DiffLine['sign'], Colour>> = { '-': 'red', '+': 'green', ' ': 'dim' }

/** One field that differs, on a line where it fits, else with the two sides below each other. */
export function fieldLines(
  field: FieldChangeV1,
  indent: string,
  /** `most`: lines of a long value. */
  options: TextOptions & { readonly most: number },
): readonly string[] {
  const { path, before, after, managers, server } = field
  const others = managers.filter((manager) => !ourManagers.test(manager)).map(cleanLine)
  const sign = before === undefined ? '+' : after === undefined ? '-' : '~'
  const label = {
    text: `${indent}${sign} ${cleanLine(path)}:`,
    owner: server ? '  (made by the server)' : others.length > 0 ? `  (owned by ${others.join(', ')})` : '',
  }
  const line = oneLine(field, label, options)
  if (line !== undefined) return [line]
  const head = `${paintLabel(label.text, sign, options.paint)}${options.paint('dim', label.owner)}`
  return [head, ...sideLines(folded(sides(before, after), options), `${indent}    `, options)]
}

type Label = { readonly text: string; readonly owner: string }

function oneLine(
  { before, after }: FieldChangeV1,
  { text, owner }: Label,
  { paint, width }: TextOptions,
): string | undefined {
  const values = [before, after].filter((value) => value !== undefined)
  if (values.some((value) => typeof value === 'string' && isLong(value))) return undefined
  const [first = '', second] = values.map(inlineValue)
  const length = text.length + 1 + first.length + (second === undefined ? 0 : 3 + second.length) + owner.length
  if (length > width) return undefined
  const end = paint('dim', owner)
  if (second === undefined) return `${paint(before === undefined ? 'green' : 'red', `${text} ${first}`)}${end}`
  return `${text} ${paint('red', first)} → ${paint('green', second)}${end}`
}

function paintLabel(text: string, sign: '+' | '-' | '~', paint: Paint): string {
  return sign === '~' ? text : paint(signColours[sign], text)
}

function sides(before: JsonV1 | undefined, after: JsonV1 | undefined): readonly DiffLine[] {
  const long = isLong(before) || isLong(after)
  const [old, now] = [before, after].map((value) => {
    if (value === undefined) return []
    return long ? valueLines(value) : [inlineValue(value)]
  })
  const lines = lineEdits(old ?? [], now ?? []).map(({ sign, line }): DiffLine => ({ sign, text: line }))
  if (lines.some(({ sign }) => sign !== ' ')) return lines
  // Only the end of the text differs.
  return [
    ...(before === undefined ? [] : [{ sign: '-' as const, text: JSON.stringify(before) }]),
    ...(after === undefined ? [] : [{ sign: '+' as const, text: JSON.stringify(after) }]),
  ]
}

/** A line of a difference, what was left out of it, or where in the text it is. */
export type Shown = { readonly sign: DiffLine['sign'] | '…' | '@'; readonly text: string }

/** What changes, with a little of what stays around it, up to some lines. */
function folded(
  lines: readonly DiffLine[],
  { full, most }: Pick<TextOptions, 'full'> & { readonly most: number },
): readonly Shown[] {
  if (full) return lines
  const near = (index: number) =>
    lines.slice(Math.max(index - around, 0), index + around + 1).some(({ sign }) => sign !== ' ')
  const shown: Shown[] = []
  let skipped = false
  for (const [index, line] of lines.entries()) {
    if (!near(index)) {
      skipped = true
      continue
    }
    if (shown.length >= most) {
      const left = lines.slice(index).filter(({ sign }) => sign !== ' ').length
      return left === 0 ? shown : [...shown, { sign: '…', text: `and ${left} more lines that change (use --full)` }]
    }
    if (skipped && shown.length > 0) shown.push({ sign: '…', text: '' })
    skipped = false
    shown.push(line)
  }
  return shown
}

/** Both sides of a difference. Of two long lines that stand for each other, the place where they differ is shown. */
export function sideLines(shown: readonly Shown[], indent: string, options: TextOptions): readonly string[] {
  const { paint, width, full } = options
  const room = full ? Number.POSITIVE_INFINITY : Math.max(width - indent.length - 2, 20)
  const partners = partnersOf(shown)
  return shown.map((line, index) => {
    if (line.sign === '…') return paint('dim', `${indent}… ${line.text}`.trimEnd())
    if (line.sign === '@') return paint('cyan', `${indent}${line.text}`)
    const partner = partners.get(index)
    const text = partner === undefined ? cut(line.text, 0, room) : cutAlike(line.text, partner, room)
    return paint(signColours[line.sign], `${indent}${line.sign} ${text}`.trimEnd())
  })
}

/** Of each line that is replaced by one, and of that one, the text of the other. */
function partnersOf(shown: readonly Shown[]): ReadonlyMap<number, string> {
  const partners = new Map<number, string>()
  const run = (from: number, sign: Shown['sign']) => {
    let end = from
    while (shown[end]?.sign === sign) end++
    return end - from
  }
  for (let index = 0; index < shown.length;) {
    const goes = run(index, '-')
    const comes = run(index + goes, '+')
    if (goes === comes)
      for (let at = index; at < index + goes; at++) {
        partners.set(at, shown[at + goes]?.text ?? '')
        partners.set(at + goes, shown[at]?.text ?? '')
      }
    index += Math.max(goes + comes, 1)
  }
  return partners
}
