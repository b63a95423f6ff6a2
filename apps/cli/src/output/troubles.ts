import { Code, ConnectError } from '@connectrpc/connect'
import { FaultSchema } from '@plimsoll/proto'
import { CliError, type Trouble } from '../cli-error.ts'
import type { Io } from '../io.ts'
import { clean } from './clean.ts'
import { painter } from './colours.ts'

/** What went wrong, for a person. */
export function troublesOf(error: unknown, server: string): readonly Trouble[] {
  if (error instanceof CliError) return error.troubles
  if (error instanceof ConnectError) return ofConnect(error, server)
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

function ofConnect(error: ConnectError, server: string): readonly Trouble[] {
  const faults = error.findDetails(FaultSchema)
  if (faults.length > 0) return faults
  const [what, remedy] = told[error.code] ?? ['The server refused the request', 'Look at `plimsoll doctor`.']
  return [{ what, where: server, because: error.rawMessage, try: remedy }]
}

const away = [
  'The server cannot be reached',
  'Start it with `plimsoll up`, or name another with --server or PLIMSOLL_SERVER.',
] as const

const told: Readonly<Partial<Record<Code, readonly [what: string, remedy: string]>>> = {
  [Code.Unavailable]: away,
  [Code.Aborted]: away,
  [Code.DeadlineExceeded]: ['The answer took too long', 'Look at `plimsoll status`, and at `plimsoll doctor`.'],
  [Code.Unimplemented]: ['The server does not know this', 'Bring server and CLI to the same version.'],
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
