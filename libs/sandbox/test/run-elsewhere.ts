import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { HostProblem, SandboxedRun } from '../src/index.ts'

export type Outcome =
  | {
      readonly stdout: string
      readonly stderr: string
      readonly exitCode: number
      readonly files?: Readonly<Record<string, string>>
      readonly refused?: readonly HostProblem[]
      readonly unreachable?: readonly HostProblem[]
    }
  | { readonly reason: string; readonly message: string; readonly try: string }

export type Elsewhere = AsyncDisposable & { readonly child: ChildProcess; readonly outcome: () => Promise<Outcome> }

/** Runs it from a Node process of its own, which may belong to another user. */
export function runElsewhere(
  launcher: string,
  run: Omit<SandboxedRun, 'signal' | 'files' | 'heldUntil'>,
  user?: number,
  files: readonly (readonly [string, string])[] = [],
  leaseMs?: number,
): Elsewhere {
  const script = fileURLToPath(new URL('run-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify({ launcher, run, user, files, leaseMs })], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, SECRET_OF_OURS: 'seen' },
  })
  const chunks: string[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  const closed = once(child, 'close')
  return {
    child,
    outcome: () => closed.then(() => JSON.parse(chunks.join('')) as Outcome),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await closed
    },
  }
}
