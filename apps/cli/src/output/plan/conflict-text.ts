import type { ConflictV1, ObjectRefV1 } from '@plimsoll/proto'
import { cleanLine } from '../clean.ts'
import type { TextOptions } from './field-text.ts'
import { count, wrapped } from './object-text.ts'
import { blockingText } from './summary-text.ts'

const mostConflicts = 20
const indent = '      '

/** What stands in the way of a sync, and what it settles itself: who did what when, and what to do. */
export function conflictLines(conflicts: readonly ConflictV1[], at: string, options: TextOptions): readonly string[] {
  const blocking = conflicts.filter((conflict) => conflict.blocking)
  const settled = conflicts.filter((conflict) => !conflict.blocking)
  return [
    ...section(blocking, blockingText(blocking), at, options),
    ...section(settled, 'Changed outside of Git: a sync takes this back', at, options),
  ]
}

function section(conflicts: readonly ConflictV1[], title: string, at: string, options: TextOptions): readonly string[] {
  if (conflicts.length === 0) return []
  const shown = options.full ? conflicts : conflicts.slice(0, mostConflicts)
  const left = conflicts.length - shown.length
  return [
    options.paint('bold', title),
    ...shown.flatMap((conflict) => oneConflict(conflict, at, options)),
    ...(left > 0 ? [options.paint('dim', `  and ${count(left)} more (use --full)`)] : []),
    '',
  ]
}

function oneConflict(conflict: ConflictV1, at: string, { paint, width }: TextOptions): readonly string[] {
  const { blocking, ref, type, description, suggestions } = conflict
  const lines = (label: string, text: string) =>
    wrapped(label + cleanLine(text), width - indent.length).map(
      (line, index) => `${indent}${index === 0 ? '' : ' '.repeat(label.length)}${line}`,
    )
  return [
    `  ${blocking ? paint('red', `✗ ${refText(ref)}`) : paint('yellow', `! ${refText(ref)}`)}  ${cleanLine(type)}`,
    ...lines('', description),
    ...whoAndWhen(conflict, at).flatMap((text) => lines('', text)),
    ...suggestions.flatMap((suggestion) => lines('try: ', suggestion)),
  ]
}

/** `Deployment shop/web` */
export function refText({ kind, namespace, name }: ObjectRefV1): string {
  return cleanLine(`${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`)
}

/** `last written by kubectl-edit 2026-11-23 09:12:04 UTC, 3 h before this plan`; `quote` is for what is not our own. */
export function whoAndWhen(
  { manager, time }: ConflictV1,
  at: string,
  quote: (text: string) => string = cleanLine,
): readonly string[] {
  if (manager === '' && time === undefined) return []
  const who = manager === '' ? 'last written' : `last written by ${quote(manager)}`
  return [time === undefined ? who : `${who} ${quote(instantText(time))}, ${agoText(time, at)}`]
}

function instantText(time: string): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? cleanLine(time) : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

const steps = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const

function agoText(time: string, at: string): string {
  const seconds = Math.max(Math.round((Date.parse(at) - Date.parse(time)) / 1_000), 0)
  const [size, unit] = steps.find(([each]) => seconds >= each) ?? [1, 's']
  return `${count(Math.floor(seconds / size))} ${unit} before this plan`
}
