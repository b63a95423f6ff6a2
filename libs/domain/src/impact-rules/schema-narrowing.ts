import { fieldOf, isRecord } from '../json/json.ts'
import { same } from './subject.ts'

type Schema = Readonly<Record<string, unknown>>

const lowerBounds = ['minimum', 'minLength', 'minItems', 'minProperties']
const upperBounds = ['maximum', 'maxLength', 'maxItems', 'maxProperties']
const constraints = [
  'pattern',
  'format',
  'multipleOf',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'uniqueItems',
  'not',
  'oneOf',
  'anyOf',
  'allOf',
  'x-kubernetes-validations',
]

/**
 * Where a schema of a CustomResourceDefinition takes less than before, such as `spec.size is required`; the first few. Objects
 * that are stored already may not be written any more, and fields that are gone are dropped from them.
 */
export function narrowings(before: unknown, after: unknown, most = 10): readonly string[] {
  const found: string[] = []
  compare(before, after, '', (text) => found.length < most && found.push(text))
  return found
}

function compare(before: unknown, after: unknown, path: string, tell: (text: string) => unknown): void {
  if (!isRecord(before) || !isRecord(after)) return
  const name = path === '' ? 'the object' : path
  const [was, is] = [typeOf(before), typeOf(after)]
  if (was !== is && is !== undefined && !(was === 'integer' && is === 'number'))
    tell(was === undefined ? `${name} must be of type ${is}` : `${name} becomes ${is} instead of ${was}`)
  for (const field of requiredOf(after))
    if (!requiredOf(before).includes(field)) tell(`${join(path, field)} is required`)
  compareValues(before, after, name, tell)
  compareFields(before, after, path, tell)
  compare(before['items'], after['items'], `${path}[]`, tell)
}

function compareFields(before: Schema, after: Schema, path: string, tell: (text: string) => unknown): void {
  const [old, now] = [fieldsOf(before), fieldsOf(after)]
  for (const [field, schema] of Object.entries(old)) {
    const newer = fieldOf(now, field)
    if (newer !== undefined) compare(schema, newer, join(path, field), tell)
    else if (!isOpen(after)) tell(`${join(path, field)} is gone`)
  }
  const [any, anyNow] = [before['additionalProperties'], after['additionalProperties']]
  if (isOpen(before) && !isOpen(after)) tell(`${path === '' ? 'the object' : path} takes no other fields`)
  else compare(any, anyNow, `${path}.*`, tell)
}

function compareValues(before: Schema, after: Schema, name: string, tell: (text: string) => unknown): void {
  const [values, valuesNow] = [before['enum'], after['enum']]
  if (Array.isArray(valuesNow)) {
    if (!Array.isArray(values)) tell(`${name} must be one of a list`)
    else {
      const gone = values.filter((value) => !valuesNow.some((other) => same(value, other)))
      if (gone.length > 0) tell(`${name} can no longer be ${gone.map(String).join(', ')}`)
    }
  }
  if (before['nullable'] === true && after['nullable'] !== true) tell(`${name} can no longer be null`)
  const has = (what: string, was: unknown, how: string) =>
    tell(was === undefined ? `${name} has a new ${what}` : `${name} has ${how} ${what}`)
  for (const bound of lowerBounds) if (isTighter(before[bound], after[bound], 1)) has(bound, before[bound], 'a higher')
  for (const bound of upperBounds) if (isTighter(before[bound], after[bound], -1)) has(bound, before[bound], 'a lower')
  for (const constraint of constraints)
    if (after[constraint] !== undefined && after[constraint] !== false && !same(before[constraint], after[constraint]))
      has(constraint, before[constraint], 'another')
}

function isTighter(before: unknown, after: unknown, sign: 1 | -1): boolean {
  if (typeof after !== 'number') return false
  return typeof before !== 'number' || (after - before) * sign > 0
}

/** Whether fields that it does not name are kept. */
function isOpen(schema: Schema): boolean {
  const any = schema['additionalProperties']
  return schema['x-kubernetes-preserve-unknown-fields'] === true || any === true || isRecord(any)
}

function typeOf(schema: Schema): string | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) return 'int-or-string'
  return typeof schema['type'] === 'string' ? schema['type'] : undefined
}

function requiredOf(schema: Schema): readonly unknown[] {
  return Array.isArray(schema['required']) ? schema['required'] : []
}

function fieldsOf(schema: Schema): Schema {
  return isRecord(schema['properties']) ? schema['properties'] : {}
}

function join(path: string, field: unknown): string {
  return path === '' ? String(field) : `${path}.${String(field)}`
}
