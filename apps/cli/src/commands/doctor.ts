import type { Command } from 'commander'
import { withServer } from '../context.ts'
import type { Check } from '../doctor/check.ts'
import { runChecks } from '../doctor/run-checks.ts'
import { wantsColour, type ColourChoice, type Io } from '../io.ts'
import { painter } from '../output/colours.ts'
import { cleanLine } from '../output/clean.ts'
import { printData, type Format } from '../output/print.ts'

type Options = {
  readonly server?: string
  readonly tokenFile?: string
  readonly output: Format
  readonly color?: ColourChoice
}

export function registerDoctorCommand(program: Command, io: Io): void {
  withServer(program.command('doctor'))
    .description('check each part and say what to do')
    .action(async (options: Options) => {
      const checks = await runChecks(io, options)
      const width = Math.max(...checks.map(({ name }) => name.length))
      const colour = options.color === undefined ? io.colour : wantsColour(io, options.color)
      if (options.output === 'human') for (const check of checks) io.out(checkText(check, width, { colour }))
      else printData(io, options.output, checks)
      if (checks.some(({ state }) => state === 'fail')) process.exitCode = 1
    })
}

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const

function checkText({ state, name, message, try: remedy }: Check, width: number, io: Pick<Io, 'colour'>): string {
  const line = `${painter(io)(colours[state], state.padEnd(4))}  ${name.padEnd(width)}  ${cleanLine(message)}\n`
  return remedy === '' ? line : `${line}      ${''.padEnd(width)}  try: ${cleanLine(remedy)}\n`
}
