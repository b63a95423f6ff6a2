import { CommanderError } from 'commander'
import { CliError } from './cli-error.ts'
import { failedDiffExitCode } from './commands/diff.ts'
import { processIo, type Io } from './io.ts'
import { printTroubles, troublesOf } from './output/troubles.ts'
import { buildProgram, helpOf } from './program.ts'

const isDiff = process.argv[2] === 'diff'
/** Those whose exit code 1 is an answer. */
const answersOne = isDiff || process.argv[2] === 'progress' || isRollbackPlan(process.argv)
const io = processIo()

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has enough, such as `head`, is no error. What a diff found is told by its exit code all the same.
  if (error.code === 'EPIPE' && isDiff) return
  process.exit(error.code === 'EPIPE' ? undefined : exitCodeOf(notWritten(error), io))
})

await main(io)

async function main(io: Io): Promise<void> {
  try {
    await buildProgram(io).parseAsync(process.argv)
  } catch (error) {
    process.exitCode = exitCodeOf(error, io)
  }
}

function notWritten({ message }: Error): CliError {
  return new CliError({
    what: 'The output cannot be written',
    where: 'the standard output',
    because: message,
    try: 'Send it to where it can be written.',
  })
}

function exitCodeOf(error: unknown, io: Io): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0 || error.code === 'commander.help') return error.exitCode === 0 ? 0 : 2
    const because = error.message.replace(/^error: /, '')
    printTroubles(io, [
      {
        what: 'The command is not understood',
        where: process.argv.slice(2).join(' '),
        because,
        try: lookAtHelp(io),
      },
    ])
    return 2
  }
  const isUsage = error instanceof CliError && error.exitCode === 2
  const help = isUsage ? lookAtHelp(io) : ''
  printTroubles(
    io,
    troublesOf(error).map((trouble) => ({ ...trouble, try: trouble.try || help })),
  )
  const code = error instanceof CliError ? error.exitCode : 1
  return answersOne ? Math.max(code, failedDiffExitCode) : code
}

function lookAtHelp(io: Io): string {
  return `Look at \`${helpOf(buildProgram(io), process.argv.slice(2))}\`.`
}

function isRollbackPlan(argv: readonly string[]): boolean {
  return argv[2] === 'rollback' && argv.includes('--plan')
}
