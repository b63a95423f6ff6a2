import type { Alike } from '../plan/alike.ts'
import { count } from '../plan/object-text.ts'
import { impactsFromWorst, type PlannedObject } from '../plan/planned-object.ts'
import { codeSpan } from './safe.ts'

type Names = { readonly first: PlannedObject; readonly names: readonly string[] }

/** An upper bound of what the objects take in a list. */
export function listCost({ first, names }: Alike): number {
  return lineStart(first).length + 2 + nameCost(names)
}

/** Objects by impact, action, kind and name, in no more than `most` characters; the rest is counted. */
export function objectList(groups: readonly Alike[], most: number): string {
  const lines = Map.groupBy(groups, ({ first }) => lineStart(first))
  let room = most - 120
  const left = new Map<string, number>()
  const shown: string[] = []
  for (const [start, same] of lines) {
    const all: Names = { first: (same[0] as Alike).first, names: same.flatMap(({ names }) => names) }
    const names = namesWithin(all.names, room - start.length - 1)
    if (names.length < all.names.length)
      left.set(all.first.impact, (left.get(all.first.impact) ?? 0) + all.names.length - names.length)
    if (names.length === 0) continue
    const line = `${start}${names.map((name) => codeSpan(name)).join(', ')}\n`
    shown.push(line)
    room -= line.length
  }
  const counts = impactsFromWorst.flatMap((impact) =>
    left.has(impact) ? [`${count(left.get(impact) ?? 0)} ${impact}`] : [],
  )
  if (counts.length > 0) shown.push(`- and more that have no place here: ${counts.join(', ')}\n`)
  return shown.length === 0 ? '' : `${shown.join('')}\n`
}

function lineStart({ impact, action, ref }: PlannedObject): string {
  const place = ref.namespace === '' ? '' : ` in ${codeSpan(ref.namespace)}`
  return `- ${impact}: ${action} ${codeSpan(ref.kind)}${place}: `
}

function namesWithin(names: readonly string[], room: number): readonly string[] {
  let used = 0
  const end = names.findIndex((name) => (used += nameCost([name])) > room)
  return end < 0 ? names : names.slice(0, end)
}

function nameCost(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + codeSpan(name).length + 2, 0)
}
