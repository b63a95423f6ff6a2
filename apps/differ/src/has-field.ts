/**
 * Whether an object has the field that an API server's conflict names, such as `.spec.containers[name="web"].image`. The path
 * does not quote: `.data.app.conf` may be one key with a dot or two fields, so each way to read it is tried.
 */
export function hasField(object: unknown, path: string): boolean {
  if (path === '') return object !== undefined
  if (path.startsWith('[')) return hasItem(object, path)
  if (!path.startsWith('.') || !isRecord(object)) return false
  return Object.entries(object).some(([name, value]) => {
    const rest = path.slice(1 + name.length)
    return path.startsWith(name, 1) && /^($|[.[])/.test(rest) && value !== undefined && hasField(value, rest)
  })
}

const selectorPattern = /^\[((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]/

/** `name="web",port=80` picks the item with those fields, `="v"` the scalar itself, a bare number the index. */
function hasItem(list: unknown, path: string): boolean {
  const [step = '', selector = ''] = selectorPattern.exec(path) ?? []
  if (step === '' || !Array.isArray(list)) return false
  const rest = path.slice(step.length)
  if (/^\d+$/.test(selector)) return hasField(list[Number(selector)], rest)
  const keys = [...selector.matchAll(/([^=,]*)=("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(
    ([, name = '', value = '']) => [name, parse(value)] as const,
  )
  return list.some((item) => isPicked(item, keys) && hasField(item, rest))
}

/** What an item leaves out has a default, such as the protocol of a port, and the server names the item by that too. */
function isPicked(item: unknown, keys: readonly (readonly [name: string, value: unknown])[]): boolean {
  if (!isRecord(item)) return keys.every(([name, value]) => name === '' && item === value)
  const given = keys.filter(([name]) => Object.hasOwn(item, name))
  return given.length > 0 && given.every(([name, value]) => item[name] === value)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
