/** JSON as an event's data holds it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

export type JsonObject = { readonly [key: string]: Json | undefined }

/** Whether two values are the same JSON. The order of keys does not count: the log does not keep it. */
export function isSameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [fieldsOf(a), fieldsOf(b)]
  return (
    left.size === right.size && [...left].every(([key, value]) => right.has(key) && isSameJson(value, right.get(key)))
  )
}

function fieldsOf(value: JsonObject | readonly Json[]): ReadonlyMap<string, Json> {
  return new Map(Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined))
}

/** Whether a value is a map of fields: no list, no null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value of a field that a map itself has, whatever its name: `constructor` is a name like any other. */
export function fieldOf(map: unknown, name: string): unknown {
  return isRecord(map) && Object.hasOwn(map, name) ? map[name] : undefined
}
