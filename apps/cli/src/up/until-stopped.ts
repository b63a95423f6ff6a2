import { run } from '@plimsoll/runtime'
import type { Io } from '../io.ts'
import { printTroubles, troublesOf } from '../output/troubles.ts'

/** What shells give a command that Ctrl-C ended. */
const stoppedExitCode = 130

/**
 * Runs a command that goes on until Ctrl-C, SIGTERM or the end of its terminal; what it opened is closed in order, and
 * an error is told as any other.
 */
export function untilStopped(
  io: Io,
  main: (stack: AsyncDisposableStack, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  process.once('SIGHUP', () => process.kill(process.pid, 'SIGTERM'))
  // A terminal that is gone takes no more lines, and the rest is to be closed all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  return run(async (stack, signal) => {
    try {
      await main(stack, signal)
    } catch (error) {
      // What fails once it is told to stop fails for that: there is nothing to tell. But it did not come to its end.
      if (signal.aborted) {
        process.exitCode = stoppedExitCode
        return
      }
      printTroubles(io, troublesOf(error))
      process.exitCode = 1
    }
  })
}
