import { assessChanges } from '../impact-rules/assess-changes.ts'
import type { Impact } from '../impact.ts'
import { refOf } from '../object/object-ref.ts'
import { createChange, shownState } from '../plan/change.ts'
import type { ValueToken } from '../plan/mask.ts'
import type { Hook, PlannedHook } from './hook.ts'

/**
 * A hook as a plan shows it, with its impact: one that grants rights, or starts what is privileged, is as bad as an object that
 * does. What a command does is not known. `overrides`: the workflow's own impact of a rule.
 */
export function plannedHook(hook: Hook, token: ValueToken, overrides: Readonly<Record<string, Impact>>): PlannedHook {
  const { phase, wave, name, kind } = hook
  if (hook.kind === 'command') return { phase, wave, name, kind, command: hook.command }
  const { object, origin, where, delete_policies } = hook
  const desired_state = shownState(object, token)
  const shown = { phase, wave, name, kind, ref: refOf(object), origin, where, delete_policies, desired_state }
  const [assessed] = assessChanges([createChange(object, token)], { overrides, owned: 0 })
  return assessed === undefined ? shown : { ...shown, impact: assessed.impact, reasons: assessed.reasons }
}

/** Hooks that are as bad as to be told apart. */
export function hookWarnings(planned: readonly PlannedHook[]): readonly string[] {
  return planned.flatMap(({ impact, phase, name }) =>
    impact === 'high' || impact === 'critical' ? [`The ${phase} hook ${name} has ${impact} impact`] : [],
  )
}
