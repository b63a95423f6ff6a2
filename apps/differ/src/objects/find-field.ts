import { isRecord, pathText } from '@plimsoll/domain'
import type { PathStep } from '@plimsoll/domain'

/** Where a field is in an object: the names of fields and the places in lists, from the root on. */
export type Location = readonly (string | number)[]

/**
 * Finds the field that an API server's conflict names, such as `.spec.containers[name="web"].image`; undefined if the object
 * has none. The path does not quote: `.data.app.conf` may be one key with a dot or two fields, so each way to read it is tried.
 */
export function findField(object: unknown, path: string): Location | undefined {
  if (path === '') return object === undefined ? undefined : []
  if (path.startsWith('[')) return findItem(object, path)
  if (!path.startsWith('.') || !isRecord(object)) return undefined
  for (const [name, value] of Object.entries(object)) {
    const rest = path.slice(1 + name.length)
    if (!path.startsWith(name, 1) || !/^($|[.[])/.test(rest) || value === undefined) continue
    const below = findField(value, rest)
    if (below !== undefined) return [name, ...below]
  }
  return undefined
}

/** Finds the field that a path of `diffFields` names; undefined if the object has none. */
export function locate(object: unknown, [step, ...rest]: readonly PathStep[]): Location | undefined {
  if (step === undefined) return object === undefined ? undefined : []
  if ('field' in step) return isRecord(object) ? within(step.field, locate(object[step.field], rest)) : undefined
  if (!Array.isArray(object)) return undefined
  const index =
    'index' in step
      ? step.index
      : object.findIndex((item: unknown) => isRecord(item) && String(item[step.key]) === step.value)
  return within(index, locate(object[index], rest))
}

/** The location as people read it and as `ownersOf` takes it. */
export function locationText(location: Location): string {
  return pathText(location.map((step) => (typeof step === 'number' ? { index: step } : { field: step })))
}

/** The location as a JSON pointer (RFC 6901). */
export function pointerTo(location: Location): string {
  return location.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

const selectorPattern = /^\[((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]/

/** `name="web",port=80` picks the item with those fields, `="v"` the scalar itself, a bare number the index. */
function findItem(list: unknown, path: string): Location | undefined {
  const [step = '', selector = ''] = selectorPattern.exec(path) ?? []
  if (step === '' || !Array.isArray(list)) return undefined
  const rest = path.slice(step.length)
  if (/^\d+$/.test(selector)) return within(Number(selector), findField(list[Number(selector)], rest))
  const keys = [...selector.matchAll(/([^=,]*)=("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(
    ([, name = '', value = '']) => [name, parse(value)] as const,
  )
  for (const [index, item] of list.entries()) {
    const found = isPicked(item, keys) ? findField(item, rest) : undefined
    if (found !== undefined) return within(index, found)
  }
  return undefined
}

function within(step: string | number, location: Location | undefined): Location | undefined {
  return location && [step, ...location]
}

/** What an item leaves out has a default, such as the protocol of a port, and the server names the item by that too. */
function isPicked(item: unknown, keys: readonly (readonly [name: string, value: unknown])[]): boolean {
  if (!isRecord(item)) return keys.every(([name, value]) => name === '' && item === value)
  const given = keys.filter(([name]) => Object.hasOwn(item, name))
  return given.length > 0 && given.every(([name, value]) => item[name] === value)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
