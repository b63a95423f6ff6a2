import type { ConflictV1, PlannedHookV1 } from '@plimsoll/proto'
import { refText, whoAndWhen } from '../plan/conflict-text.ts'
import { count } from '../plan/object-text.ts'
import { codeSpan, prose } from './safe.ts'

/** What stands in the way and what a sync takes back, in no more than `most` characters. */
export function conflictsSection(conflicts: readonly ConflictV1[], at: string, most: number): string {
  if (conflicts.length === 0) return ''
  const blockingFirst = conflicts.toSorted((a, b) => Number(b.blocking) - Number(a.blocking))
  return section(
    'Conflicts',
    blockingFirst.map((conflict) => conflictItem(conflict, at)),
    most,
  )
}

export function warningsSection(warnings: readonly string[], most: number): string {
  return warnings.length === 0
    ? ''
    : section(
        'Warnings',
        warnings.map((warning) => `- ${prose(warning)}\n`),
        most,
      )
}

/** What is run, in that order. */
export function hooksSection(hooks: readonly PlannedHookV1[], most: number): string {
  return hooks.length === 0 ? '' : section('Hooks', hooks.map(hookItem), most)
}

function hookItem({ phase, name, command, where, impact }: PlannedHookV1): string {
  const badge = impact === '' ? '' : ` **${impact}**`
  const from = command === '' ? where : command
  return `- ${phase}: ${codeSpan(name)}${badge}${from === '' ? '' : ` ${codeSpan(from)}`}\n`
}

function section(title: string, items: readonly string[], most: number): string {
  const head = `#### ${title}\n\n`
  let room = most - head.length - 60
  const end = items.findIndex((item) => (room -= item.length) < 0)
  const shown = end < 0 ? items : items.slice(0, end)
  const left = items.length - shown.length
  return `${head}${shown.join('')}${left > 0 ? `- and ${count(left)} more that have no place here\n` : ''}\n`
}

function conflictItem(conflict: ConflictV1, at: string): string {
  const { blocking, ref, type, description, suggestions } = conflict
  const lines = [
    `- **${blocking ? 'blocks' : 'is taken back'}**: ${codeSpan(refText(ref))} ${codeSpan(type)}: ${prose(description)}`,
    ...whoAndWhen(conflict, at, codeSpan).map((text) => `  - ${text}`),
    ...suggestions.map((suggestion) => `  - try: ${prose(suggestion)}`),
  ]
  return `${lines.join('\n')}\n`
}
