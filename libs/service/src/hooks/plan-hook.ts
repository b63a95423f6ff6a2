import { describeRef, hookRunAnnotation, isMarked, markLabel, refOf, shownState, withRunName } from '@plimsoll/domain'
import type { Hook, KubernetesObject, PlannedHook, ValueToken } from '@plimsoll/domain'

/** A hook as a plan shows it. */
export function plannedHook(hook: Hook, token: ValueToken): PlannedHook {
  const { phase, wave, name, kind } = hook
  if (hook.kind === 'command') return { phase, wave, name, kind, command: hook.command }
  const { object, origin, where, delete_policies } = hook
  const desired_state = shownState(object, token)
  return { phase, wave, name, kind, ref: refOf(object), origin, where, delete_policies, desired_state }
}

/** Whether a live object was made by this workflow, as a hook or to be kept. */
export function isOurHook(live: KubernetesObject, mark: string): boolean {
  const { labels, annotations } = live.metadata
  return isMarked(live, mark) || (labels?.[markLabel] === mark && annotations?.[hookRunAnnotation] !== undefined)
}

/**
 * The object of a hook as a run creates it: with the mark's label, so that it is found, and the run in place of the mark's
 * annotation, so that nobody takes it for an object that is kept.
 */
export function hookObject(object: KubernetesObject, mark: string, run: string, suffix: string): KubernetesObject {
  const named = withRunName(object, suffix)
  const { labels, annotations } = named.metadata
  return {
    ...named,
    metadata: {
      ...named.metadata,
      labels: { ...labels, [markLabel]: mark },
      annotations: { ...annotations, [hookRunAnnotation]: run },
    },
  }
}

/** Why no hook can be made where an object lives already. */
export function inTheWay(live: KubernetesObject, isOurs: boolean): { readonly because: string; readonly try: string } {
  const named = describeRef(refOf(live))
  return isOurs
    ? {
        because: `${named} lives on from an earlier run, and its delete policy does not let it make room`,
        try: 'add BeforeHookCreation to its delete policy, use metadata.generateName, or delete it',
      }
    : {
        because: `${named} lives already and does not belong to this workflow`,
        try: 'give the hook another name, or remove the object from the cluster',
      }
}
