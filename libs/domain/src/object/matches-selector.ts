import { groupOf } from './object-ref.ts'
import type { ObjectRef } from './object-ref.ts'
import type { ObjectSelector } from './object-selector.ts'

/** Whether a rule is about an object. null matches all; a `*` stands for any text, also for none. */
export function matchesSelector(
  { group, kind, namespace, name }: ObjectSelector,
  ref: Pick<ObjectRef, 'apiVersion' | 'kind' | 'namespace' | 'name'>,
): boolean {
  return (
    matchesGlob(kind, ref.kind) &&
    matchesGlob(name, ref.name) &&
    matchesGlob(group, groupOf(ref.apiVersion)) &&
    matchesGlob(namespace, ref.namespace ?? '')
  )
}

// Without a regular expression, whose backtracking many stars would make slow.
function matchesGlob(glob: string | null, text: string): boolean {
  if (glob === null || glob === '*') return true
  const [first = '', ...others] = glob.split('*')
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of others) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - at >= last.length && text.endsWith(last)
}
