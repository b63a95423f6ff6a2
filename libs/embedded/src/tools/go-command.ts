import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { parentDeathPrefix } from '../process/parent-death.ts'

export type GoOptions = {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly signal?: AbortSignal | undefined
  /** Hears each line of its error output, on which Go tells what it does. */
  readonly onLine?: (line: string) => void
}

/** Runs `go` and returns its output. Rejects with the end of its error output. */
export async function goCommand(args: readonly string[], { cwd, env, signal, onLine }: GoOptions): Promise<string> {
  signal?.throwIfAborted()
  const [command = 'go', ...words] = [...parentDeathPrefix('SIGTERM'), 'go', ...args]
  // A group of its own: compilers that Go started end with it.
  const child = spawn(command, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const end = () => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM')
  signal?.addEventListener('abort', end, { once: true })
  try {
    const tail: string[] = []
    createInterface(child.stderr).on('line', (line) => {
      onLine?.(line)
      if (!line.startsWith('go: downloading ')) tail.push(line)
      if (tail.length > 12) tail.shift()
    })
    const output: string[] = []
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => output.push(chunk))
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    signal?.throwIfAborted()
    if (code !== 0) throw new Error(`\`go ${args[0]}\` failed:\n    ${tail.join('\n    ')}`)
    return output.join('')
  } finally {
    signal?.removeEventListener('abort', end)
  }
}
