import { hookWishOf, namedByRun } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import type { Data } from './read-node.ts'

export type Fault = { readonly message: string; readonly remedy: string }

/** Whether a document is an object that can be applied: every fault, or the object. */
export function checkObject(data: Data): { readonly object: KubernetesObject } | { readonly faults: readonly Fault[] } {
  if (!isRecord(data))
    return {
      faults: [
        {
          message: `the document is ${describe(data)}, not an object`,
          remedy: 'exclude the file in .plimsollignore if it holds no manifest',
        },
      ],
    }
  const named = withRunName(data)
  const faults = [...missing(named, 'apiVersion'), ...missing(named, 'kind'), ...metadataFaults(named['metadata'])]
  // The fields that the type promises have just been checked.
  return faults.length > 0 ? { faults } : { object: named as unknown as KubernetesObject }
}

/** A hook gets its name in the run that creates it, as it is created anew in each. */
function withRunName(data: { readonly [key: string]: Data }): { readonly [key: string]: Data } {
  const { metadata } = data
  if (!isRecord(metadata) || metadata['name'] !== undefined) return data
  const { generateName } = metadata
  if (typeof generateName !== 'string' || hookWishOf(data as unknown as KubernetesObject) === undefined) return data
  return { ...data, metadata: { ...metadata, name: namedByRun(generateName) } }
}

function metadataFaults(metadata: Data | undefined): Fault[] {
  if (!isRecord(metadata)) return [{ message: 'the object has no `metadata`', remedy: 'add `metadata.name`' }]
  const { name, generateName, namespace } = metadata
  const faults: Fault[] = []
  if (name === undefined && generateName !== undefined)
    faults.push({
      message: '`metadata.generateName` gives the object another name at each sync',
      remedy: 'give it a fixed `metadata.name`; only a hook may be without one',
    })
  else faults.push(...missing(metadata, 'name', 'metadata.'))
  if (namespace !== undefined && namespace !== null) faults.push(...textFaults('metadata.', 'namespace', namespace))
  return faults
}

function missing(record: { readonly [key: string]: Data }, field: string, prefix = ''): Fault[] {
  const value = record[field]
  if (value !== undefined && value !== null && value !== '') return textFaults(prefix, field, value)
  return [
    {
      message: `the object has no \`${prefix}${field}\``,
      remedy: 'add it, or exclude the file in .plimsollignore if it holds no manifest',
    },
  ]
}

function textFaults(prefix: string, field: string, value: Data): Fault[] {
  if (typeof value === 'string') return []
  const remedy = typeof value === 'object' ? 'give it as text' : `quote it: ${field}: "${String(value)}"`
  return [{ message: `\`${prefix}${field}\` is ${describe(value)}, not text`, remedy }]
}

function isRecord(data: Data | undefined): data is { [key: string]: Data } {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}

function describe(data: Data): string {
  if (Array.isArray(data)) return 'a list'
  if (data === null) return 'null'
  if (typeof data === 'object') return 'a map'
  if (typeof data === 'string') return 'text'
  return typeof data === 'boolean' ? 'true or false' : 'a number'
}
