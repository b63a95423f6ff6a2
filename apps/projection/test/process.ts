import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Setting } from './setting.ts'

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export type ProjectionProcess = AsyncDisposable & {
  /** Its log so far, JSON lines. */
  readonly output: () => string
  readonly error: () => string
  readonly pid: number
  /** Sends the signal, waits for the end, and returns the exit code. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>
  readonly exited: Promise<number | null>
}

/** The service as a process of its own, configured by its environment only. */
export function startProcess(env: Readonly<Record<string, string>>): ProjectionProcess {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let error = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text))
  const exited = once(child, 'close').then(() => child.exitCode)
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    return exited
  }
  return {
    output: () => output,
    error: () => error,
    pid: child.pid ?? 0,
    end,
    exited,
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  }
}

export function environmentOf({ log, js }: Setting): Record<string, string> {
  return {
    PLIMSOLL_POSTGRES_URL: log.url,
    PLIMSOLL_NATS_URL: process.env['PLIMSOLL_TEST_NATS'] ?? '',
    PLIMSOLL_NATS_PREFIX: js.prefix,
  }
}
