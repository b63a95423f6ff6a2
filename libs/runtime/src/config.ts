import { z } from 'zod'

/** One or more settings are missing or wrong; the message lists all of them and never shows a value. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/**
 * Reads settings from the environment. An empty variable counts as not set. What a setting expects is its zod description.
 * @throws ConfigError
 */
export function readConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: Readonly<Record<string, string | undefined>>,
): z.output<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, env[name] === '' ? undefined : env[name]]),
  )
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const names = new Set(result.error.issues.map(({ path }) => String(path[0] ?? '')))
  throw new ConfigError([...names].map((name) => problemOf(schema, name, given[name], result.error)))
}

function problemOf(schema: z.ZodObject, name: string, value: string | undefined, error: z.ZodError): string {
  const issues = error.issues.filter(({ path }) => String(path[0] ?? '') === name)
  const expected = schema.shape[name] instanceof z.ZodType ? schema.shape[name].description : undefined
  const reasons = issues.map(({ message }) => message).join('; ')
  if (name === '') return reasons
  return `${name} is ${shapeOf(value)}: expected ${expected ?? reasons}`
}

// A value may be a password, so only its size is told.
function shapeOf(value: string | undefined): string {
  if (value === undefined) return 'not set'
  return `wrong (${value.length} ${value.length === 1 ? 'character' : 'characters'} given)`
}
