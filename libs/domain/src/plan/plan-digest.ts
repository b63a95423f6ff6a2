import { canonicalJson } from '../json/canonical-json.ts'
import type { PlannedHook } from '../hooks/hook.ts'
import { identityOf } from '../object/object-ref.ts'
import type { KubernetesObject } from '../object/object-ref.ts'
import type { Change, Conflict, Plan } from './plan.ts'

/**
 * The digest of what a plan would do, `plan:<hex>`: plans of the same digest do the same. It leaves out what has no
 * effect: instants, resourceVersions, the revision, warnings, impacts, and the order of the objects.
 * `hash` is to be keyed by the workflow, as a digest over masked values is only as secret as their tokens.
 */
export function planDigest(
  plan: Pick<Plan, 'changes' | 'hooks' | 'conflicts'>,
  hash: (text: string) => string,
): string {
  const effects = [
    ...plan.changes.map(effectOf),
    ...(plan.hooks ?? []).map(hookEffect),
    ...plan.conflicts.filter(({ blocking }) => blocking).map(obstacleOf),
  ]
  return `plan:${hash(`plan\n${effects.toSorted().join('\n')}`).replace(/^.*:/, '')}`
}

function effectOf({ type, replaces, ref, desired_state: desired, fields }: Change): string {
  const object = identityOf(ref)
  switch (type) {
    case 'create':
      return canonicalJson([type, replaces === true, object, desired === undefined ? null : declared(desired)])
    case 'update':
      return canonicalJson([type, object, ref.apiVersion, fields.flatMap(fieldOf).toSorted()])
    case 'delete':
      return canonicalJson([type, replaces === true, object])
  }
}

// What the server or a webhook makes of it, such as a port or an instant, may be another value at the next look.
function fieldOf({ path, before, after, server }: Change['fields'][number]): readonly string[] {
  return server ? [] : [canonicalJson({ path, before, after })]
}

/** What tells the run of a hook from another one. */
export function hookEffect({
  phase,
  wave,
  name,
  command,
  ref,
  delete_policies: policies,
  desired_state: desired,
}: PlannedHook) {
  const what = ref === undefined || desired === undefined ? command : [identityOf(ref), policies, declared(desired)]
  return canonicalJson(['hook', phase, wave, name, what])
}

function obstacleOf({ type, ref, description }: Conflict): string {
  return canonicalJson(['conflict', type, identityOf(ref), description])
}

/** What Git declares of an object; the rest is the server's own. */
function declared({ status: _status, ...object }: KubernetesObject): unknown {
  const { uid: _uid, resourceVersion: _version, generation: _generation, ...metadata } = object.metadata
  const { creationTimestamp: _created, managedFields: _owners, ...rest } = metadata
  return { ...object, metadata: rest }
}
