import { pino } from 'pino'
import { maskCredentials } from './mask.ts'
import { prettyLine } from './pretty-line.ts'
import { currentTraceId } from './trace.ts'

export type Logger = pino.Logger

export type LoggerOptions = {
  readonly name: string
  readonly level?: string
  /** One short line for a person in place of JSON. Default: when the output is a terminal. */
  readonly pretty?: boolean
  readonly write?: (line: string) => void
}

const secretFields = [
  'password',
  'pass',
  'secret',
  'token',
  'authorization',
  'cookie',
  'credential',
  'credentials',
  'privateKey',
  'installationKey',
]
const redacted = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`])

/** JSON lines on standard output, with the trace they belong to. Fields and addresses that carry secrets are masked. */
export function createLogger({ name, level = 'info', pretty = process.stdout.isTTY, write }: LoggerOptions): Logger {
  const out = write ?? ((line: string) => void process.stdout.write(line))
  return pino(
    {
      name,
      level,
      redact: { paths: redacted, censor: '***' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      base: { name },
      mixin: () => {
        const trace_id = currentTraceId()
        return trace_id === undefined ? {} : { trace_id }
      },
    },
    { write: (line: string) => out(maskCredentials(pretty ? prettyLine(line) : line)) },
  )
}
