import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { until } from '@plimsoll/harness'
import { onTestFinished } from 'vitest'

const bin = join(import.meta.dirname, '..', 'bin', 'plimsoll.mjs')

/** A command that goes on until it is told to stop. */
export type StartedCommand = AsyncDisposable & {
  readonly pid: number
  /** What it printed so far, on both streams. */
  readonly output: () => string
  /** Waits until it has printed this, after what was printed at `from` characters. Fails at once when it ends before. */
  readonly says: (text: RegExp, from?: number) => Promise<void>
  /** The exit code, once it has ended by itself or was stopped. */
  readonly ended: Promise<number | null>
  /** Sends the signal and waits for the end; answers the exit code. */
  readonly stop: (signal: NodeJS.Signals) => Promise<number | null>
}

export function startCommand(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): StartedCommand {
  const child = spawn(process.execPath, [bin, ...args], { cwd, env: { ...toolEnvironment(), ...env } })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  let output = ''
  let over = false
  void ended.then(() => (over = true))
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    return ended
  }
  return {
    pid: child.pid ?? 0,
    output: () => output,
    async says(text, from = 0) {
      const said = await until(() => (text.test(output.slice(from)) ? 'yes' : over && 'no'), {
        what: `\`plimsoll ${args.join(' ')}\` says ${text}`,
        timeoutMs: 280_000,
      })
      if (said === 'no') throw new Error(`it ended and did not say ${text}:\n${output}`)
    },
    ended,
    stop,
    async [Symbol.asyncDispose]() {
      if (!over) await stop('SIGTERM')
    },
  }
}

/** Runs a command to its end, within a test, at whose end it is stopped in any case. Both streams are in `output`. */
export async function runToEnd(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<{ readonly code: number | null; readonly output: string }> {
  const command = startCommand(args, options)
  onTestFinished(() => command[Symbol.asyncDispose]())
  return { code: await command.ended, output: command.output() }
}

/** What a command needs to find programs and the cache of our tools, and no setting of ours. */
export function toolEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'XDG_CACHE_HOME', 'KUBEBUILDER_ASSETS']
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}
