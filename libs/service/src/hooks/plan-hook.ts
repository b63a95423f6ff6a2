import {
  describeRef,
  hookRunAnnotation,
  isKept,
  isMarked,
  markLabel,
  optionsOf,
  refOf,
  withRunName,
} from '@plimsoll/domain'
import type { KubernetesObject, ObjectHook } from '@plimsoll/domain'

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

/** What keeps a hook from being made where an object lives already; undefined if that may be deleted for it, or taken for it. */
export function inTheWay(
  live: KubernetesObject,
  mark: string,
  { delete_policies: policies }: Pick<ObjectHook, 'delete_policies'>,
): { readonly because: string; readonly try: string } | undefined {
  const named = describeRef(refOf(live))
  const isOwned = isMarked(live, mark)
  if (!isOwned && !isOfHook(live, mark))
    return {
      because: `${named} lives already and does not belong to this workflow`,
      try: 'give the hook another name, or remove the object from the cluster',
    }
  // Until now it was declared to be kept: nobody has approved that it goes.
  if (isOwned && (isKept(live) || !optionsOf(live).prune))
    return {
      because: `${named} lives already, is kept by this workflow, and is never removed unasked`,
      try: 'give the hook another name, or remove the object from the cluster',
    }
  if (policies.includes('BeforeHookCreation') || isKept(live)) return undefined
  return {
    because: `${named} lives on from an earlier run, and its delete policy does not let it make room`,
    try: 'add BeforeHookCreation to its delete policy, use metadata.generateName, or delete it',
  }
}

function isOfHook({ metadata: { labels, annotations } }: KubernetesObject, mark: string): boolean {
  return labels?.[markLabel] === mark && annotations?.[hookRunAnnotation] !== undefined
}
