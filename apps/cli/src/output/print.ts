import { toJson, type DescMessage, type JsonValue, type MessageShape } from '@bufbuild/protobuf'
import { Document, Scalar, visit } from 'yaml'
import type { Io } from '../io.ts'
import { escaped } from './clean.ts'

export type Format = 'human' | 'json' | 'yaml'

/** A message as JSON, with the names of the .proto files, as the api itself writes it. */
export function jsonOf<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): JsonValue {
  return toJson(schema, message, { useProtoFieldName: true, alwaysEmitImplicit: true })
}

/** Prints data as one JSON or YAML document. */
export function printData(io: Io, format: Exclude<Format, 'human'>, data: unknown): void {
  io.out(format === 'json' ? `${escaped(JSON.stringify(data, null, 2))}\n` : yamlText(data))
}

/** Prints one of many: a line of JSON, or a YAML document. */
export function printItem(io: Io, format: Exclude<Format, 'human'>, data: unknown): void {
  io.out(format === 'json' ? `${escaped(JSON.stringify(data))}\n` : `---\n${yamlText(data)}`)
}

// A number to readers of YAML 1.2, where 1.1 has a text.
const newerNumber = /^0o[0-7]+$/

/** YAML that readers of 1.1 (such as kubectl) and of 1.2 take alike, and that no terminal obeys. */
export function yamlText(data: unknown): string {
  const document = new Document(data, { version: '1.1' })
  visit(document, {
    Scalar(_key, node) {
      const { value } = node
      // Only within double quotes can a character be escaped.
      if (typeof value === 'string' && (escaped(value) !== value || newerNumber.test(value)))
        node.type = Scalar.QUOTE_DOUBLE
    },
  })
  return escaped(document.toString({ lineWidth: 0 }))
}
