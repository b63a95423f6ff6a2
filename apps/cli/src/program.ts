import { Command } from 'commander'
import { registerAutoSyncCommands } from './commands/auto-sync.ts'
import { registerClusterCommands } from './commands/cluster.ts'
import { registerDemoCommand } from './commands/demo.ts'
import { registerDiffCommand } from './commands/diff.ts'
import { registerDoctorCommand } from './commands/doctor.ts'
import { registerEventsCommand } from './commands/events.ts'
import { registerGateCommands } from './commands/gates.ts'
import { registerLogsCommand } from './commands/logs.ts'
import { registerProgressCommand } from './commands/progress.ts'
import { registerRepoCommands } from './commands/repo.ts'
import { registerRollbackCommands } from './commands/rollback.ts'
import { registerStatusCommand } from './commands/status.ts'
import { registerSyncCommand } from './commands/sync.ts'
import { registerUpCommand } from './commands/up.ts'
import { registerWorkflowCommands } from './commands/workflow.ts'
import type { Io } from './io.ts'

/** Adds commands to the program. What they need is loaded when they run, so that the others start fast. */
export type Register = (program: Command, io: Io) => void

/** Every command there is, in the order of the help. */
const groups: readonly Register[] = [
  registerUpCommand,
  registerRepoCommands,
  registerClusterCommands,
  registerWorkflowCommands,
  registerDiffCommand,
  registerSyncCommand,
  registerRollbackCommands,
  registerGateCommands,
  registerStatusCommand,
  registerProgressCommand,
  registerEventsCommand,
  registerLogsCommand,
  registerAutoSyncCommands,
  registerDoctorCommand,
]

export function buildProgram(io: Io): Command {
  const program = new Command('plimsoll')
    .description('keeps Kubernetes at the line that Git declares')
    .version('0.1.0')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err, outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
  for (const register of groups) register(program, io)
  registerDemoCommand(program, io, runWords)
  return program
}

/** How the nearest command that these words name is asked for its help: `plimsoll workflow create --help`. */
export function helpOf(program: Command, words: readonly string[]): string {
  let command = program
  const names = [program.name()]
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word)
    if (next === undefined) break
    command = next
    names.push(word)
  }
  return `${names.join(' ')} --help`
}

/** Runs one command in this process; answers the exit code that it would have ended with. */
async function runWords(words: readonly string[], io: Io): Promise<number> {
  const before = process.exitCode
  process.exitCode = undefined
  try {
    await buildProgram(io).parseAsync([...words], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } finally {
    process.exitCode = before
  }
}
