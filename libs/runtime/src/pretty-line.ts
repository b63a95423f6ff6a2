type LogRecord = {
  readonly time: string
  readonly level: string
  readonly name: string
  readonly msg?: string
  readonly [field: string]: unknown
}

/** A log record for a person: time of day, level, service, message, then the other fields. */
export function prettyLine(json: string): string {
  const { time, level, name, msg, err, trace_id: _, ...rest } = JSON.parse(json) as LogRecord
  const clock = time.slice(11, 23)
  const fields = Object.entries(rest).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return `${clock} ${level.toUpperCase().padEnd(5)} ${name}: ${msg ?? ''}${fields.join('')}${errorText(err)}\n`
}

function errorText(err: unknown): string {
  if (typeof err !== 'object' || err === null) return ''
  const { stack, message } = err as { stack?: unknown; message?: unknown }
  return `\n${String(stack ?? message)}`
}
