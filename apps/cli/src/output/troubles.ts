import { NoServerError, PlimsollError, ServerAwayError } from '@plimsoll/sdk/node'
import { CliError, type Trouble } from '../cli-error.ts'
import type { Io } from '../io.ts'
import { clean, cleanLine } from './clean.ts'
import { painter } from './colours.ts'

/** What went wrong, for a person. */
export function troublesOf(error: unknown): readonly Trouble[] {
  if (error instanceof CliError) return error.troubles
  if (error instanceof PlimsollError)
    return error.faults.map((fault) => ({ ...fault, try: remedyOf(error, fault.try) }))
  if (isTold(error))
    return [{ what: error.what, where: textOf(error.where), because: error.because, try: textOf(error.try) }]
  const because = error instanceof Error ? error.message : String(error)
  return [
    {
      what: 'Something went wrong that Plimsoll did not expect',
      where: '',
      because,
      try: 'Run it again; if it stays so, report it.',
    },
  ]
}

/** Errors of the parts that `plimsoll up` starts tell people themselves what to do. */
type Told = Error & {
  readonly what: string
  readonly where: string | readonly string[]
  readonly because: string
  readonly try: string | readonly string[]
}

function isTold(error: unknown): error is Told {
  return error instanceof Error && ['what', 'where', 'because', 'try'].every((field) => field in error)
}

function textOf(text: string | readonly string[]): string {
  return typeof text === 'string' ? text : text.join('\n')
}

/** Here there are options, too. */
function remedyOf(error: PlimsollError, remedy: string): string {
  if (error instanceof ServerAwayError && !error.answered)
    return 'Start it with `plimsoll up`, or name another with --server or PLIMSOLL_SERVER.'
  if (error instanceof NoServerError && error.file === undefined)
    return 'Start one with `plimsoll up` in this folder, or name it with --server and --token-file.'
  return remedy
}

/** Four lines for each: what, where, because, try. */
export function printTroubles(io: Io, troubles: readonly Trouble[]): void {
  const paint = painter(io)
  for (const { what, where, because, try: remedy } of troubles) {
    const lines = [
      ['where:  ', where],
      ['because:', because],
      ['try:    ', remedy],
    ] as const
    io.err(`${paint('red', 'error:')} ${clean(what)}\n`)
    for (const [name, text] of lines)
      if (text !== '') io.err(`  ${name} ${clean(text).replaceAll('\n', '\n           ')}\n`)
  }
}

/** What was done all the same, and is perhaps not meant. */
export function printWarnings(io: Io, warnings: readonly string[]): void {
  const paint = painter(io)
  for (const warning of warnings) io.err(`${paint('yellow', 'warning:')} ${cleanLine(warning)}\n`)
}
