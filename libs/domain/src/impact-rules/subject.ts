import type { ChangeDraft } from '../plan/change.ts'
import { fieldOf, isRecord, isSameJson } from '../json/json.ts'
import type { Json } from '../json/json.ts'
import { groupOf } from '../object/object-ref.ts'
import type { KubernetesObject, ObjectRef } from '../object/object-ref.ts'
import type { ChangeType } from '../plan/plan.ts'

/** A change as the rules see it. Both halves of a replace are one subject, with both states. */
export type Subject = {
  readonly type: ChangeType | 'replace'
  readonly ref: ObjectRef
  /** `group/Kind`; of the core group `/Kind`. */
  readonly kind: string
  readonly before: KubernetesObject | undefined
  readonly after: KubernetesObject | undefined
  /** Its annotations say that much depends on it. */
  readonly critical: boolean
  readonly fields: ChangeDraft['fields']
}

/** What a rule may ask about the whole plan. */
export type PlanFacts = {
  /** Objects that the workflow owns now. */
  readonly owned: number
  /** Objects that the plan deletes for good. */
  readonly deleted: number
  /** Workloads of this plan that read a ConfigMap or Secret, as `Deployment/web`. */
  readonly readersOf: (object: ObjectRef) => readonly string[]
}

export function kindOf({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): string {
  return `${groupOf(apiVersion)}/${kind}`
}

/** Whether the Kubernetes project defines the group: what a kind of another means only its controller knows. */
export function isKubernetesGroup(group: string): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io')
}

/** The value at a path of fields and places; undefined where there is none. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value
  for (const step of path) {
    if (typeof step === 'number') found = Array.isArray(found) ? found[step] : undefined
    else found = fieldOf(found, step)
  }
  return found
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  return listAt(value, ...path).filter((item) => typeof item === 'string')
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path)
  return typeof found === 'number' ? found : undefined
}

export function same(a: unknown, b: unknown): boolean {
  return isSameJson(a as Json | undefined, b as Json | undefined)
}

/** Whether a field will be another one. Of a replace only what Git says is compared, as the rest is not known before. */
export function differs({ type, before, after }: Subject, ...path: readonly string[]): boolean {
  if (type !== 'update' && type !== 'replace') return false
  const [old, now] = [at(before, ...path), at(after, ...path)]
  return type === 'update' ? !same(old, now) : !holds(old, now)
}

/** Whether all of `said` is in `whole` as it is. */
function holds(whole: unknown, said: unknown): boolean {
  if (said === undefined) return true
  if (isRecord(said) && isRecord(whole))
    return Object.entries(said).every(([name, value]) => holds(fieldOf(whole, name), value))
  if (Array.isArray(said) && Array.isArray(whole))
    return said.length === whole.length && said.every((item, index) => holds(whole[index], item))
  return same(whole, said)
}

/** The first few, and how many more there are: `a, b and 3 more`. */
export function some(texts: readonly string[], most = 3): string {
  const more = texts.length - most
  return more > 0 ? `${texts.slice(0, most).join(', ')} and ${more} more` : texts.join(', ')
}
