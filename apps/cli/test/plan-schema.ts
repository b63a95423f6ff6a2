import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

type Schema = { readonly [key: string]: unknown }

const file = join(import.meta.dirname, '..', '..', '..', 'docs', 'plan.v1.schema.json')
const published = JSON.parse(readFileSync(file, 'utf8')) as Schema

const validate = validator(published)
const validateStrictly = validator(closed(published) as Schema)

/** What is wrong with a plan by the published schema; nothing if all is well. */
export function faultsOf(plan: unknown): readonly string[] {
  return faults(validate, plan)
}

/** The same, and every field must be one that the schema describes. */
export function undescribed(plan: unknown): readonly string[] {
  return faults(validateStrictly, plan)
}

function validator(schema: AnySchema) {
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true })
  formats.default(ajv)
  return ajv.compile(schema)
}

function faults(check: ReturnType<typeof validator>, plan: unknown): readonly string[] {
  if (check(plan)) return []
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

/** The schema with no place for what it does not name; manifests may hold anything. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).map(([key, value]) => [key, key === 'object' ? value : closed(value)] as const)
  const isObject = 'properties' in schema
  return { ...Object.fromEntries(entries), ...(isObject && { additionalProperties: false }) }
}
