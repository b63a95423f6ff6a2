import {
  plannedHook,
  describeRef,
  hookPhases,
  hookRun,
  hookRunAnnotation,
  hookWarnings,
  hookWishOf,
  impacts,
  refOf,
  shownState,
} from '@plimsoll/domain'
import type {
  Conflict,
  Hook,
  Impact,
  KubernetesObject,
  ObjectHook,
  Plan,
  PlannedHook,
  SensitiveOf,
} from '@plimsoll/domain'
import { apply, get, hiding, KubernetesError } from '@plimsoll/kubernetes'
import { inParallel } from '@plimsoll/runtime'
import { hookObject, inTheWay } from '@plimsoll/service'
import type { PlacedHooks } from '@plimsoll/service'
import type { Arriving } from '../objects/arriving.ts'
import { answerTo } from '../objects/ask.ts'
import type { Planner } from '../objects/candidate.ts'
import { about, unknownKind } from '../objects/conflict.ts'
import { askForCopy } from '../objects/plan-replace.ts'
import { notRunWarnings } from './not-run.ts'

const requestsInFlight = 16

export type HookPlan = Pick<Plan, 'conflicts' | 'warnings'> & {
  /** What is carried out. */
  readonly hooks: readonly Hook[]
  /** What people read of it. */
  readonly planned: readonly PlannedHook[]
  /** The highest of all; null if no hook is an object. */
  readonly impact: Impact | null
}

export const noHooks: HookPlan = { hooks: [], planned: [], conflicts: [], warnings: [], impact: null }

export type HookFacts = {
  readonly arriving: Arriving
  readonly sensitiveOf: SensitiveOf
  /** The sync that writes while this is planned; null if none does. */
  readonly writing: string | null
}

/** Plans what runs with a sync. The API server is asked about each object, as far as it can say before the sync. */
export async function planHooks(
  planner: Planner,
  { hooks, notRun, unknown }: PlacedHooks,
  facts: HookFacts,
): Promise<HookPlan> {
  const { sensitiveOf } = facts
  const objects = hooks.filter((hook) => hook.kind === 'object')
  const asked = await inParallel(objects, requestsInFlight, (hook) => askAbout(planner, hook, facts))
  const planned = hooks.map((hook) => plannedHook(hook, planner.token, planner.config.impact))
  const unasked = [...new Set(asked.flatMap(({ unasked: why }) => why ?? []))]
  return {
    hooks: hooks.map((hook) => withSensitive(hook, sensitiveOf)),
    planned,
    conflicts: [...unknown.map(unknownKind), ...asked.flatMap(({ conflict }) => conflict ?? [])],
    warnings: [...hookWarnings(planned), ...unasked, ...notRunWarnings(notRun)],
    impact: impacts.findLast((level) => planned.some(({ impact }) => impact === level)) ?? null,
  }
}

function withSensitive(hook: Hook, sensitiveOf: SensitiveOf): Hook {
  if (hook.kind === 'command') return hook
  const sensitive = sensitiveOf(hook.object)
  return sensitive.length === 0 ? hook : { ...hook, sensitive }
}

type Asked = { readonly conflict?: Conflict; readonly unasked?: string }

async function askAbout(planner: Planner, hook: ObjectHook, { arriving, writing }: HookFacts): Promise<Asked> {
  const { cluster, config, mark, token, signal } = planner
  const object = hookObject(hook.object, mark, hookRun('plan', hook.phase), 'plan')
  const ref = refOf(object)
  const because = arriving.unaskable(object)
  if (because !== undefined) {
    if (hook.phase === 'PreSync' && arriving.isOfComingKind(object))
      return {
        conflict: { ...conflictOf(planner, hook), description: `${because}, and a PreSync hook runs before it` },
      }
    return { unasked: unaskedText(hook, because) }
  }
  if (!config.diff_preview) return {}
  // What this very sync brings is there for hooks of later phases only.
  const mendedBy = (error: KubernetesError) =>
    namesAccount(error)
      ? 'its ServiceAccount may come first'
      : hook.phase === 'PreSync'
        ? undefined
        : arriving.mendedBy(object, error)
  try {
    const live = await get(cluster, ref, { signal })
    if (live !== undefined) {
      const obstacle = goesWith(writing, live) ? undefined : inTheWay(live, mark, hook)
      if (obstacle !== undefined) {
        const { because: description, try: remedy } = obstacle
        const exists = { ...conflictOf(planner, hook), type: 'resource_exists', description } as const
        return { conflict: { ...exists, current_state: shownState(live, token), suggestions: [remedy] } }
      }
      const copy = await askForCopy(planner, { object, mendedBy })
      return 'conflict' in copy ? { conflict: { ...copy.conflict, origin: hook.where } } : {}
    }
    const discreet = hiding(cluster, () => token.sensitiveOf?.(hook.object) ?? [])
    await apply(discreet, object, { dryRun: true, precondition: { create: true }, signal })
    return {}
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error
    const answer = answerTo(planner, { object, mendedBy }, error)
    if (answer.answer === 'unasked') return { unasked: unaskedText(hook, answer.because) }
    return { conflict: { ...answer.conflict, origin: hook.where } }
  }
}

/** The sync that writes takes its hooks away at its end, also where something newer comes in its place; if they fail, it is planned again. */
function goesWith(writing: string | null, live: KubernetesObject): boolean {
  const run = live.metadata.annotations?.[hookRunAnnotation]
  if (writing === null || hookPhases.every((phase) => run !== hookRun(writing, phase))) return false
  return hookWishOf(live)?.delete_policies.includes('HookSucceeded') === true
}

/** A Pod is refused while its account is not there, which another hook or the sync may bring. */
function namesAccount({ message }: KubernetesError): boolean {
  return /service ?account .*not found/i.test(message)
}

function conflictOf({ token }: Planner, { object, where }: ObjectHook): Conflict {
  return {
    ...about(refOf(object), 'validation', true),
    origin: where,
    desired_state: shownState(object, token),
    description: '',
    suggestions: ['let it run in the phase Sync or PostSync, or bring its kind with an earlier sync'],
  }
}

function unaskedText({ phase, object }: ObjectHook, because: string): string {
  return `The ${phase} hook ${described(object)} could not be dry-run, so the API server may still refuse it: ${because}`
}

function described(object: KubernetesObject): string {
  return describeRef(refOf(object))
}
