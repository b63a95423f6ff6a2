import { cleanLine } from '../clean.ts'
import type { Colour } from '../colours.ts'
import type { Alike } from './alike.ts'
import { fieldLines, sideLines, type Shown, type TextOptions } from './field-text.ts'
import { impactsFromWorst, type Action, type PlannedObject } from './planned-object.ts'
import { visibleLine } from './value-text.ts'

/** `fields`: field by field. `unified`: as a unified diff. */
export type Detail = 'fields' | 'unified'

const signs: Readonly<Record<Action, readonly [sign: string, colour: Colour]>> = {
  create: ['+', 'green'],
  update: ['~', 'yellow'],
  replace: ['±', 'magenta'],
  delete: ['-', 'red'],
}
const badges: Readonly<Record<string, Colour>> = { critical: 'alarm', high: 'red', medium: 'yellow', low: 'dim' }
const [mostFields, mostUnified, mostNames] = [12, 40, 8]
const indent = '      '

/** `  ~ Deployment web  [medium]  restarts pods` */
export function headLine({ first, names }: Alike, { paint, full }: TextOptions): string {
  const [sign, colour] = signs[first.action]
  const many = `(${count(names.length)}${first.fields.length > 0 ? ' alike' : ''})`
  const name = names.length === 1 || full ? cleanLine(first.ref.name) : many
  const badge = paint(badges[first.impact] ?? 'bold', `[${cleanLine(first.impact)}]`)
  const more = [
    ...(first.action === 'replace' ? ['deleted and created again'] : []),
    ...effectsOf(first),
    sizeOf(first),
  ]
  const beside = more.filter((text) => text !== '').join(', ')
  return `  ${paint(colour, `${sign} ${cleanLine(first.ref.kind)} ${name}`)}  ${badge}${beside === '' ? '' : `  ${beside}`}`
}

/** What is to be read below the head: who else, why, and what differs. */
export function bodyLines(group: Alike, detail: Detail, options: TextOptions): readonly string[] {
  return [
    ...nameLines(group, options),
    ...reasonLines(group.first, options),
    ...differences(group.first, detail, options),
  ]
}

/** Words for people: `restarts pods`. */
export function effectsOf({ effects, action }: Pick<PlannedObject, 'effects' | 'action'>): readonly string[] {
  // A replace says so itself.
  return effects.filter((effect) => effect !== 'recreates' || action !== 'replace').map(wordsOf)
}

export function count(number: number): string {
  return number.toLocaleString('en-US')
}

function wordsOf(effect: string): string {
  return cleanLine(effect.replaceAll('_', ' '))
}

/** `with 3 replicas`, which the short text of a new object says. */
function sizeOf({ action, diff }: PlannedObject): string {
  return action === 'create' ? cleanLine(/ with \d+ replicas?$/.exec(diff)?.[0].trim() ?? '') : ''
}

function nameLines({ names }: Alike, { paint, width, full }: TextOptions): readonly string[] {
  if (names.length === 1 || full) return []
  const shown = names.slice(0, mostNames).map(cleanLine)
  const left = names.length - shown.length
  const text = `${shown.join(', ')}${left > 0 ? ` and ${count(left)} more (use --full)` : ''}`
  return wrapped(text, width - indent.length).map((line) => `${indent}${paint('dim', line)}`)
}

function reasonLines({ reasons, impact }: PlannedObject, { paint, width, full }: TextOptions): readonly string[] {
  const shown = reasons.filter((reason) => full || reason.impact !== 'low')
  // Two rules may say the same of one change.
  const texts = new Set(
    impactsFromWorst
      .flatMap((level) => shown.filter((reason) => reason.impact === level))
      .map((reason) => `${reason.impact === impact ? 'why' : reason.impact}: ${cleanLine(reason.text)}`),
  )
  return [...texts].flatMap((text) => wrapped(text, width - indent.length)).map((line) => indent + paint('cyan', line))
}

function differences(object: PlannedObject, detail: Detail, options: TextOptions): readonly string[] {
  const { action, fields } = object
  if (detail === 'unified') return unifiedLines(object, mostUnified, options)
  // What a new object holds is its manifest.
  if (fields.length === 0) return options.full && action !== 'delete' ? unifiedLines(object, mostUnified, options) : []
  const [texts, others] = options.full ? [[], fields] : documentation(object)
  const shown = options.full ? fields : others.slice(0, mostFields)
  const left = others.length - shown.length
  const note = (text: string) => options.paint('dim', `${indent}and ${text} (use --full)`)
  return [
    ...shown.flatMap((field) =>
      fieldLines(field, indent, { ...options, most: isDefinition(object) && fields.length > 4 ? 3 : 12 }),
    ),
    ...(left > 0 ? [note(`${count(left)} more fields`)] : []),
    ...(texts.length > 0
      ? [note(`${count(texts.length)} description${texts.length === 1 ? '' : 's'} in its schema`)]
      : []),
  ]
}

/** Of a custom resource definition, what only explains its fields, apart from the rest. */
function documentation(object: PlannedObject): readonly [texts: readonly Field[], others: readonly Field[]] {
  const explains = ({ path }: Field) => isDefinition(object) && path.endsWith('.description')
  return [object.fields.filter(explains), object.fields.filter((field) => !explains(field))]
}

function isDefinition({ ref }: PlannedObject): boolean {
  return ref.kind === 'CustomResourceDefinition'
}

type Field = PlannedObject['fields'][number]

function unifiedLines({ unifiedDiff }: PlannedObject, most: number, options: TextOptions): readonly string[] {
  const lines = diffLinesOf(unifiedDiff)
  const shown = options.full ? lines : lines.slice(0, most)
  const left = lines.length - shown.length
  return [
    ...sideLines(shown, indent, options),
    ...(left > 0 ? [options.paint('dim', `${indent}and ${count(left)} more lines (use --full)`)] : []),
  ]
}

/** The lines of a unified diff, without the two that name its files. */
function diffLinesOf(unifiedDiff: string): readonly Shown[] {
  const lines = unifiedDiff.replace(/^--- .*\n\+\+\+ .*\n/, '').replace(/\n$/, '')
  if (lines === '') return []
  return lines.split('\n').map((line): Shown => {
    if (line.startsWith('@')) return { sign: '@', text: visibleLine(line) }
    // `\ 12 more lines of this diff are not shown`
    if (line.startsWith('\\')) return { sign: '…', text: visibleLine(line.slice(2)) }
    return { sign: line.startsWith('-') ? '-' : line.startsWith('+') ? '+' : ' ', text: visibleLine(line.slice(1)) }
  })
}

/** A text over as many lines as it takes at this width; a word that is longer stays whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
