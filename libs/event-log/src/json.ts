/** What an event's data and a read model's body may hold. Properties that are undefined are left out. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** JSON text that Postgres stores: `jsonb` refuses NUL and lone surrogates, which error texts of the world may hold. */
export function storableText(value: Json): string {
  const text = JSON.stringify(value)
  return /\\u(?:0000|d[89a-f])/i.test(text) ? JSON.stringify(storable(value)) : text
}

function storable(value: Json | undefined): Json | undefined {
  if (typeof value === 'string') return storableString(value)
  if (Array.isArray(value)) return value.map((item: Json) => storable(item) ?? null)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storableString(key), storable(item)]))
}

export function storableString(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}
