import type { Command } from 'commander'
import { withServer } from '../context.ts'
import { runChecks, type Check } from '../doctor/checks.ts'
import type { Io } from '../io.ts'
import { painter } from '../output/colours.ts'
import { cleanLine } from '../output/clean.ts'
import { printData } from '../output/print.ts'

type Options = { readonly server?: string; readonly tokenFile?: string; readonly output?: 'json' | 'yaml' }

export function registerDoctorCommand(program: Command, io: Io): void {
  withServer(program.command('doctor'))
    .description('check each part and say what to do')
    .action(async (options: Options) => {
      const checks = await runChecks(io, options)
      if (options.output === undefined) for (const check of checks) io.out(checkText(check, io))
      else printData(io, options.output, checks)
      if (checks.some(({ state }) => state === 'fail')) process.exitCode = 1
    })
}

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const

function checkText({ state, name, message, try: remedy }: Check, io: Io): string {
  const line = `${painter(io)(colours[state], state.padEnd(4))}  ${name.padEnd(18)}  ${cleanLine(message)}\n`
  return remedy === '' ? line : `${line}      try: ${cleanLine(remedy)}\n`
}
