import { toJson, type DescMessage, type JsonValue, type MessageShape } from '@bufbuild/protobuf'
import { stringify } from 'yaml'
import type { Io } from '../io.ts'

export type Format = 'human' | 'json' | 'yaml'

/** A message as JSON, with the names of the .proto files, as the api itself writes it. */
export function jsonOf<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): JsonValue {
  return toJson(schema, message, { useProtoFieldName: true, alwaysEmitImplicit: true })
}

/** Prints data as one JSON or YAML document. */
export function printData(io: Io, format: Exclude<Format, 'human'>, data: unknown): void {
  io.out(format === 'json' ? `${escaped(JSON.stringify(data, null, 2))}\n` : escaped(stringify(data)))
}

/** Prints one of many: a line of JSON, or a YAML document. */
export function printItem(io: Io, format: Exclude<Format, 'human'>, data: unknown): void {
  io.out(format === 'json' ? `${escaped(JSON.stringify(data))}\n` : `---\n${escaped(stringify(data))}`)
}

/** Neither JSON nor YAML escapes all that a terminal obeys. */
function escaped(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
