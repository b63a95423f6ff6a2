import { pointerSteps } from '../json/json-pointer.ts'
import { stringifyJson } from '../json/lossless-json.ts'
import { matchesSelector } from './matches-selector.ts'
import { identityOf, refOf } from './object-ref.ts'
import type { KubernetesObject } from './object-ref.ts'
import type { SensitiveRule } from './object-selector.ts'

/**
 * JSON pointers of the values of an object, as it is declared or as it lives, that nobody gets to see, beside those of a
 * Secret. A step into a list means all of its items: in the live object they may stand in another order.
 */
export type SensitiveOf = (object: KubernetesObject) => readonly string[]

/** An object with what is known to be sensitive in it. */
export type Told = { readonly object: KubernetesObject; readonly sensitive?: readonly string[] | undefined }

/**
 * Brings together what came out of decryption, now or in what was applied before, and what the rules of a workflow name.
 * An object without a namespace is found where it goes, too.
 */
export function sensitiveOf(rules: readonly SensitiveRule[], told: Iterable<Told>, namespace: string): SensitiveOf {
  const known = new Map<string, Set<string>>()
  for (const { object, sensitive = [] } of told) {
    if (sensitive.length === 0) continue
    const ref = refOf(object)
    for (const identity of new Set([ref, { ...ref, namespace: ref.namespace ?? namespace }].map(identityOf))) {
      const pointers = known.get(identity) ?? new Set()
      for (const pointer of sensitive) pointers.add(pointer)
      known.set(identity, pointers)
    }
  }
  if (rules.length === 0 && known.size === 0) return () => nothing
  return (object) => {
    const ref = refOf(object)
    const named = rules.filter((rule) => matchesSelector(rule, ref)).flatMap((rule) => rule.json_pointers)
    const found = known.get(identityOf(ref))
    return found === undefined ? named : [...found, ...named]
  }
}

const nothing: readonly string[] = []

/** A copy in which every value that the pointers lead to went through `change`, leaf by leaf: names are kept. */
export function changeLeaves<Value>(
  value: Value,
  pointers: readonly string[],
  change: (leaf: unknown) => unknown,
): Value {
  return pointers.reduce((changed, pointer) => changeAt(changed, pointerSteps(pointer), change) as Value, value)
}

function changeAt(value: unknown, steps: readonly string[], change: (leaf: unknown) => unknown): unknown {
  const [step, ...rest] = steps
  if (step === undefined) return changeAll(value, change)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value))
    return step === '*' || /^\d+$/.test(step) ? value.map((item) => changeAt(item, rest, change)) : value
  if (!Object.hasOwn(value, step)) return value
  return { ...value, [step]: changeAt((value as Readonly<Record<string, unknown>>)[step], rest, change) }
}

function changeAll(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return change(value)
  if (Array.isArray(value)) return value.map((item) => changeAll(item, change))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, changeAll(item, change)]))
}

/** The values that the pointers lead to, as texts. */
export function leavesAt(value: unknown, pointers: readonly string[]): readonly string[] {
  const leaves: string[] = []
  changeLeaves(value, pointers, (leaf) => {
    if (leaf !== null && leaf !== undefined) leaves.push(typeof leaf === 'string' ? leaf : stringifyJson(leaf))
    return leaf
  })
  return leaves
}
