import { fieldOf, isRecord } from '../json/json.ts'
import { picksItem } from '../json/json-pointer.ts'

/** What is left of the pointers that lead to a value; an empty one names the value itself, with all below it. */
export type Pointers = readonly (readonly string[])[]

/** What is left of them one step below; one that names the value leads to all of it. */
export function below(pointers: Pointers, picks: (step: string) => boolean): Pointers {
  return pointers.flatMap((pointer) => {
    const [step, ...rest] = pointer
    if (step === undefined) return [pointer]
    return picks(step) ? [rest] : []
  })
}

export function isEnd(pointer: readonly string[]): boolean {
  return pointer.length === 0
}

/** The value with what the pointers name as it lives. */
export function withLive(desired: unknown, live: unknown, pointers: Pointers): unknown {
  if (pointers.length === 0) return desired
  if (pointers.some(isEnd)) return live
  if (Array.isArray(desired) && Array.isArray(live))
    return desired.map((item, index) =>
      index < live.length
        ? withLive(
            item,
            live[index],
            below(pointers, (step) => picksItem(step, index)),
          )
        : (item as unknown),
    )
  if (!isRecord(desired) || !isRecord(live)) return desired
  const names = [...new Set([...Object.keys(desired), ...Object.keys(live)])]
  const fields = names.map((name) => {
    const rules = below(pointers, (step) => step === name)
    return [name, withLive(fieldOf(desired, name), fieldOf(live, name), rules)] as const
  })
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}
