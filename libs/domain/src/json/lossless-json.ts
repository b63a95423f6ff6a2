// An integer that a double cannot hold exactly has sixteen digits or more; a hit inside a string only costs time.
const longInteger = /[:[,]\s*-?\d{16,}/
const integer = /^-?\d+$/

// Node has both for long; the types of the language do not know them yet.
type JsonSource = {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
}
const json = JSON as unknown as JsonSource

/** Parses JSON without loss: integers beyond 2^53 become bigint. */
export function parseJson(text: string): unknown {
  return longInteger.test(text) ? json.parse(text, keepInteger) : JSON.parse(text)
}

/** Writes JSON; a bigint is written as the number that it is. */
export function stringifyJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    // Asking each value for its type costs three times the plain call, and next to no manifest holds a bigint.
    if (!(error instanceof TypeError)) throw error
    return JSON.stringify(value, (_key, field: unknown) =>
      typeof field === 'bigint' ? json.rawJSON(field.toString()) : field,
    )
  }
}

function keepInteger(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  return source !== undefined && integer.test(source) ? BigInt(source) : value
}
