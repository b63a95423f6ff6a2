import type { PlannedHookV1 } from '@plimsoll/proto'
import { cleanLine } from '../clean.ts'
import type { TextOptions } from './field-text.ts'
import { count, wrapped } from './object-text.ts'

const mostHooks = 20

/** What is run, in that order: `  PreSync   Job/migrate  [medium]  (k8s/migrate.yaml:1)`. */
export function hookLines(
  hooks: readonly PlannedHookV1[] | undefined,
  { paint, width, full }: TextOptions,
): readonly string[] {
  if (hooks === undefined || hooks.length === 0) return []
  const shown = full ? hooks : hooks.slice(0, mostHooks)
  const left = hooks.length - shown.length
  const lines = shown.flatMap((hook) => {
    const [first = '', ...rest] = wrapped(textOf(hook), width - 12)
    return [`  ${paint('yellow', hook.phase.padEnd(8))}  ${first}`, ...rest.map((line) => `            ${line}`)]
  })
  const more = left > 0 ? [paint('dim', `  and ${count(left)} more hooks (use --full)`)] : []
  return [paint('bold', 'Hooks, in this order'), ...lines, ...more, '']
}

function textOf({ name, command, where, wave, impact }: PlannedHookV1): string {
  const beside = [...(wave === 0 ? [] : [`wave ${wave}`]), ...(where === '' ? [] : [where])].join(', ')
  // A command has none: what it does is not known.
  const badge = impact === '' ? '' : `  [${impact}]`
  const from = command === '' ? (beside === '' ? '' : `  (${beside})`) : `  ${command}`
  return cleanLine(`${name}${badge}${from}`)
}
