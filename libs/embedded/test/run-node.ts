import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export type NodeProcess = AsyncDisposable & {
  readonly child: ChildProcessByStdio<null, Readable, null>
  /** The first line that it printed. */
  readonly line: string
}

/** Runs a program of this package in a process of its own, until it has printed a line or ended. */
export async function runNode(code: string, args: readonly string[] = [], env = process.env): Promise<NodeProcess> {
  const script = code.replaceAll('@src', new URL('../src', import.meta.url).href)
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  })
  const exited = once(child, 'exit')
  const lines = createInterface(child.stdout)
  const [line] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as [string | undefined]
  return {
    child,
    line: line ?? '',
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
