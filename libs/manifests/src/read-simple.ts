import { EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE, type Event } from 'js-yaml'
import type { Data } from './read-node.ts'
import { resolveScalar, ScalarError, type ScalarValue } from './resolve-scalar.ts'

/** Not simple: it is for the whole parser to read, or to refuse. */
class NotSimpleError extends Error {}

type Cursor = { at: number; readonly events: readonly Event[]; readonly text: string; readonly maxDepth: number }

/**
 * Reads one YAML document of the kind that programs write, ten times as fast as the whole parser: no anchors, tags or
 * merge keys, nothing that is wrong. Undefined for all others, which the whole parser reads and explains. What it reads,
 * it reads as the other does.
 */
export function readSimple(text: string, maxDepth: number): { readonly data: Data } | undefined {
  try {
    const cursor: Cursor = { at: 0, events: parseEvents(text, {}), text, maxDepth }
    if (cursor.events.filter(({ type }) => type === EVENT_ID.DOCUMENT).length !== 1) return undefined
    cursor.at = 1
    return { data: readValue(cursor, 0) }
  } catch {
    // A parser that fails has nothing to say here.
    return undefined
  }
}

function readValue(cursor: Cursor, depth: number): Data {
  const event = cursor.events[cursor.at++]
  if (event === undefined || depth > cursor.maxDepth) throw new NotSimpleError()
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return readScalar(cursor, event)
    case EVENT_ID.SEQUENCE:
      refuseProperties(event)
      return readSequence(cursor, depth)
    case EVENT_ID.MAPPING:
      refuseProperties(event)
      return readMapping(cursor, depth)
    default:
      throw new NotSimpleError()
  }
}

function readSequence(cursor: Cursor, depth: number): Data[] {
  const items: Data[] = []
  while (cursor.events[cursor.at]?.type !== EVENT_ID.POP) items.push(readValue(cursor, depth + 1))
  cursor.at += 1
  return items
}

function readMapping(cursor: Cursor, depth: number): Data {
  const fields: { [key: string]: Data } = {}
  while (cursor.events[cursor.at]?.type !== EVENT_ID.POP) {
    const event = cursor.events[cursor.at++]
    if (event?.type !== EVENT_ID.SCALAR) throw new NotSimpleError()
    const key = readScalar(cursor, event)
    const name = String(key)
    if (key === null || name === '<<' || name === '__proto__' || Object.hasOwn(fields, name)) throw new NotSimpleError()
    fields[name] = readValue(cursor, depth + 1)
  }
  cursor.at += 1
  return fields
}

function readScalar({ text }: Cursor, event: Extract<Event, { readonly type: typeof EVENT_ID.SCALAR }>): ScalarValue {
  refuseProperties(event)
  const value = getScalarValue(text, event)
  if (event.style !== SCALAR_STYLE.PLAIN) return value
  try {
    return resolveScalar(value)
  } catch (error) {
    throw error instanceof ScalarError ? new NotSimpleError() : error
  }
}

function refuseProperties({
  anchorStart,
  tagStart,
}: {
  readonly anchorStart: number
  readonly tagStart: number
}): void {
  if (anchorStart >= 0 || tagStart >= 0) throw new NotSimpleError()
}
