import { flushCompileCache } from 'node:module'
import { inspect } from 'node:util'
import { collectWhenCalm } from './collect-when-calm.ts'
import { ConfigError } from './config.ts'
import { maskCredentials } from './mask.ts'

/** A process that outlives its end by this much, in milliseconds, is ended hard. */
const lastResortMs = 15_000

/** After so long what a process needs is compiled, in milliseconds. */
const compiledMs = 10_000

/** The same signal within this time, in milliseconds, is the same wish: npm passes on a Ctrl-C that the terminal sent us too. */
const echoMs = 1_000

/**
 * Runs a process: `main` opens what it needs into the stack and returns, or throws, when it is done.
 * SIGINT and SIGTERM abort the signal; then, or after `main`, the stack is disposed, newest first. The exit code is 0,
 * or 1 after an error. Nothing calls `process.exit`, so that traces and logs can still leave; only a process that
 * hangs, or a second Ctrl-C, is ended hard.
 */
export async function run(main: (stack: AsyncDisposableStack, signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController()
  let first: { readonly name: NodeJS.Signals; readonly at: number } | undefined
  const stop = (name: NodeJS.Signals): void => {
    const at = performance.now()
    if (first?.name === name && at - first.at < echoMs) return
    if (controller.signal.aborted) endHard(`a second ${name}`)
    else controller.abort(new StoppedError(name))
    first = { name, at }
    armLastResort()
  }
  // Where NODE_COMPILE_CACHE names a folder: Node itself writes to it only at an orderly end.
  setTimeout(() => flushCompileCache(), compiledMs).unref()
  collectWhenCalm()
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    await runMain(main, controller)
  } catch (error) {
    process.exitCode = 1
    process.stderr.write(`${describeError(error)}\n`)
  } finally {
    armLastResort()
  }
}

/** Why the signal of `run` aborted. */
export class StoppedError extends Error {
  override name = 'StoppedError'
  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`)
  }
}

/** Resolves when the signal aborts: the last line of a service's `main`. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

async function runMain(
  main: (stack: AsyncDisposableStack, signal: AbortSignal) => Promise<void>,
  controller: AbortController,
): Promise<void> {
  await using stack = new AsyncDisposableStack()
  // Whatever `main` left running learns that it is over before what it uses is closed.
  stack.defer(() => controller.abort())
  try {
    await main(stack, controller.signal)
  } catch (error) {
    if (!isStop(error, controller.signal)) throw error
  }
}

/** A signal makes whatever waits throw its reason: that is no failure. */
function isStop(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false
  return (
    error === signal.reason ||
    (error instanceof Error && (error.name === 'AbortError' || error.cause === signal.reason))
  )
}

function describeError(error: unknown): string {
  return error instanceof ConfigError ? error.message : maskCredentials(inspect(error))
}

function armLastResort(): void {
  setTimeout(() => endHard('the end of its work, and something still held it'), lastResortMs).unref()
}

function endHard(why: string): void {
  process.stderr.write(`ended hard after ${why} (${process.getActiveResourcesInfo().join(', ')})\n`)
  process.exit(process.exitCode ?? 1)
}
