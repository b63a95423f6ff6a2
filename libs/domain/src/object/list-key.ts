import { isRecord } from '../json/json.ts'

// The fields by which the API's lists are keyed, the more telling ones first.
const keyFields = [
  'name',
  'containerPort',
  'port',
  'mountPath',
  'devicePath',
  'ip',
  'key',
  'topologyKey',
  'type',
  'uid',
  'host',
]

/** The field that tells the items of these lists apart; undefined when only their place does. */
export function listKey(...lists: readonly (readonly unknown[])[]): string | undefined {
  return keyFields.find((field) => lists.every((list) => isKey(list, field)))
}

function isKey(list: readonly unknown[], field: string): boolean {
  const values = list.map((item) => (isRecord(item) ? item[field] : undefined))
  return (
    values.every((value) => typeof value === 'string' || typeof value === 'number') &&
    new Set(values).size === list.length
  )
}
