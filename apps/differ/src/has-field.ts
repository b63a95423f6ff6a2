/** Whether an object has the field that an API server's conflict names, such as `.spec.containers[name="web"].image`. */
export function hasField(object: unknown, path: string): boolean {
  const steps = path.match(/\.[^.[]+|\[[^\]]*\]/g)
  if (steps === null || steps.join('') !== path) return false
  let at: unknown = object
  for (const step of steps) {
    at = step.startsWith('.') ? fieldOf(at, step.slice(1)) : itemOf(at, step.slice(1, -1))
    if (at === undefined) return false
  }
  return true
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

/** `name="web",port=80` picks the item with those fields, `="v"` the scalar itself, a bare number the index. */
function itemOf(list: unknown, selector: string): unknown {
  if (!Array.isArray(list)) return undefined
  if (/^\d+$/.test(selector)) return list[Number(selector)]
  const keys = [...selector.matchAll(/([^=,]*)=("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(
    ([, name = '', value = '']) => [name, parse(value)] as const,
  )
  return list.find((item) =>
    keys.every(([name, value]) => (name === '' ? item === value : fieldOf(item, name) === value)),
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
