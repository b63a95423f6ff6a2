import { assessChanges } from '../impact-rules/assess-changes.ts'
import type { Impact } from '../impact.ts'
import { refOf } from '../object/object-ref.ts'
import { createChange, shownState } from '../plan/change.ts'
import type { ValueToken } from '../plan/mask.ts'
import type { Hook, PlannedHook } from './hook.ts'

/** A hook as a plan shows it. */
export function plannedHook(hook: Hook, token: ValueToken): PlannedHook {
  const { phase, wave, name, kind } = hook
  if (hook.kind === 'command') return { phase, wave, name, kind, command: hook.command }
  const { object, origin, where, delete_policies } = hook
  const desired_state = shownState(object, token)
  return { phase, wave, name, kind, ref: refOf(object), origin, where, delete_policies, desired_state }
}

/**
 * The same with its impact: a hook that grants rights, or starts what is privileged, is as bad as an object that does. What a
 * command does is not known. `overrides`: the workflow's own impact of a rule.
 */
export function assessedHook(hook: Hook, token: ValueToken, overrides: Readonly<Record<string, Impact>>): PlannedHook {
  const planned = plannedHook(hook, token)
  if (hook.kind === 'command') return planned
  const [assessed] = assessChanges([createChange(hook.object, token)], { overrides, owned: 0 })
  return assessed === undefined ? planned : { ...planned, impact: assessed.impact, reasons: assessed.reasons }
}

/** Hooks that are as bad as to be told apart. */
export function hookWarnings(planned: readonly PlannedHook[]): readonly string[] {
  return planned.flatMap(({ impact, phase, name }) =>
    impact === 'high' || impact === 'critical' ? [`The ${phase} hook ${name} has ${impact} impact`] : [],
  )
}
