import type { JsonObject, JsonValue } from '@bufbuild/protobuf'

/** JSON as google.protobuf.Struct holds it: numbers are doubles, so what no double holds becomes a string of its digits. */
export function toValue(value: unknown): JsonValue {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (Array.isArray(value)) return value.map(toValue)
  if (typeof value === 'object' && value !== null) return toStruct(value)
  return typeof value === 'string' || typeof value === 'boolean' ? value : null
}

export function toStruct(value: object): JsonObject {
  const struct: JsonObject = Object.create(null) as JsonObject
  for (const [key, item] of Object.entries(value)) if (item !== undefined) struct[key] = toValue(item)
  return struct
}
