import type { Json } from '../src/json/json.ts'

/** A value as the log gives it back: a `jsonb` column leaves undefined out and sorts keys by length, then by bytes. */
export function asStored<T>(value: T): T {
  return ordered(JSON.parse(JSON.stringify(value)) as Json) as T
}

function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, ordered(inner ?? null)] as const)
  return Object.fromEntries(entries.toSorted(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)))
}
