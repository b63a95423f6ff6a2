import { run } from '@plimsoll/runtime'
import type { Io } from '../io.ts'
import { printTroubles, troublesOf } from '../output/troubles.ts'

/** Runs a command that goes on until Ctrl-C or SIGTERM; what it opened is closed in order, and an error is told as any other. */
export function untilStopped(
  io: Io,
  main: (stack: AsyncDisposableStack, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  return run(async (stack, signal) => {
    try {
      await main(stack, signal)
    } catch (error) {
      if (signal.aborted) throw error
      printTroubles(io, troublesOf(error, 'Plimsoll on this machine'))
      process.exitCode = 1
    }
  })
}
