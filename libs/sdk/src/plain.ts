import {
  fromJson,
  ScalarType,
  toJson,
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type MessageShape,
} from '@bufbuild/protobuf'
import { InvalidRequestError } from './errors.ts'

/**
 * A message as plain data: names as in the .proto files, instants as RFC 3339, positions as numbers, and a message that is
 * there only to hold one list (`StringList`) as that list. What is absent stays absent. The caller says of which shape it is.
 */
export function plainOf<Shape, Desc extends DescMessage = DescMessage>(
  desc: Desc,
  message: MessageShape<NoInfer<Desc>>,
): Shape {
  const json = toJson(desc, message, { useProtoFieldName: true, alwaysEmitImplicit: true })
  return unwrapped(desc, json) as Shape
}

/**
 * The message that plain data stands for: names as in the .proto files, lists with or without their wrapping; properties that
 * are undefined are left out. @throws InvalidRequestError
 */
export function messageOf<Desc extends DescMessage>(desc: Desc, data: object): MessageShape<Desc> {
  try {
    return fromJson(desc, wrapped(desc, defined(data)))
  } catch (error) {
    throw notUnderstood(desc, error)
  }
}

const isGoogle = ({ typeName }: DescMessage) => typeName.startsWith('google.protobuf.')

/** The only field of a message that holds nothing but a list or a map. */
function listOf(desc: DescMessage): DescField | undefined {
  const [field, ...others] = desc.fields
  const isList = field?.fieldKind === 'list' || field?.fieldKind === 'map'
  return isList && others.length === 0 && !isGoogle(desc) ? field : undefined
}

function unwrapped(desc: DescMessage, json: JsonValue): JsonValue {
  if (isGoogle(desc)) return json
  const object = json as JsonObject
  const list = listOf(desc)
  if (list !== undefined) return unwrappedField(list, object[list.name] ?? [])
  const entries = desc.fields.flatMap((field) => {
    const value = object[field.name]
    return value === undefined ? [] : [[field.name, unwrappedField(field, value)] as const]
  })
  return Object.fromEntries(entries)
}

function unwrappedField(field: DescField, value: JsonValue): JsonValue {
  if (field.message === undefined) return isLong(field) ? Number(value) : value
  const { message } = field
  return each(field, value, (item) => unwrapped(message, item))
}

function isLong({ fieldKind, scalar }: DescField): boolean {
  return fieldKind === 'scalar' && (scalar === ScalarType.UINT64 || scalar === ScalarType.INT64)
}

function wrapped(desc: DescMessage, data: JsonValue): JsonValue {
  if (isGoogle(desc) || typeof data !== 'object' || data === null) return data
  const list = listOf(desc)
  if (list !== undefined) return isWrapped(list, data) ? data : { [list.name]: wrappedField(list, data) }
  if (Array.isArray(data)) return data
  const byName = new Map(
    desc.fields.flatMap((field) => [[field.name, field] as const, [field.jsonName, field] as const]),
  )
  const entries = Object.entries(data).map(([name, value]) => {
    const field = byName.get(name)
    return [name, field === undefined ? value : wrappedField(field, value)] as const
  })
  return Object.fromEntries(entries)
}

/** Wrapped already, as the JSON of the api has it. */
function isWrapped({ fieldKind, name }: DescField, data: JsonObject | JsonValue[]): boolean {
  if (Array.isArray(data)) return false
  const [only, ...others] = Object.keys(data)
  if (only === undefined) return true
  const value = data[name]
  const isList = fieldKind === 'list' ? Array.isArray(value) : typeof value === 'object'
  return only === name && others.length === 0 && isList
}

function wrappedField(field: DescField, value: JsonValue): JsonValue {
  const { message } = field
  if (message !== undefined && listOf(message) !== undefined && (typeof value !== 'object' || value === null))
    throw new Error(`cannot decode field ${field.parent.typeName}.${field.name} from JSON: expected a list`)
  return message === undefined ? value : each(field, value, (item) => wrapped(message, item))
}

function each({ fieldKind }: DescField, value: JsonValue, change: (item: JsonValue) => JsonValue): JsonValue {
  if (fieldKind === 'list') return Array.isArray(value) ? value.map(change) : value
  if (fieldKind !== 'map') return change(value)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]))
    : value
}

function defined(value: unknown): JsonValue {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(defined)
  if (typeof value !== 'object' || value === null) return value as JsonValue
  const entries = Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, defined(item)]]))
  return Object.fromEntries(entries) as JsonObject
}

function notUnderstood(desc: DescMessage, error: unknown): InvalidRequestError {
  const text = error instanceof Error ? error.message : String(error)
  const because = text.replace(/^cannot decode (message|field) \S+ from JSON: /, '')
  const where = /key "([^"]+)"/.exec(text)?.[1] ?? /field \S+\.(\w+) from JSON/.exec(text)?.[1] ?? desc.name
  return new InvalidRequestError(
    'invalid_argument',
    [{ what: 'The request is not understood', where, because, try: 'Compare it with docs/sdk.md.' }],
    { cause: error },
  )
}
