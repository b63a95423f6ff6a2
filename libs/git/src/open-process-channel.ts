import { spawn } from 'node:child_process'
import { type Channel, gatherError } from './channel.ts'

/** Runs `git upload-pack` on a folder of this machine: a repository, or a work tree that has one in `.git`. */
export function openProcessChannel(path: string, signal: AbortSignal): Channel {
  const safe = [path, `${path}/.git`].flatMap((folder) => ['-c', `safe.directory=${folder}`])
  const child = spawn('git', [...safe, 'upload-pack', path], {
    stdio: 'pipe',
    signal,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  })
  const error = gatherError(child.stderr)
  child.stdin.on('error', () => undefined)
  const ended = new Promise<{ code: number | undefined; error: string }>((resolve) => {
    child.on('error', (cause) => resolve({ code: undefined, error: cause.message }))
    child.on('close', (code) => resolve({ code: code ?? undefined, error: error() }))
  })
  return {
    output: child.stdout[Symbol.asyncIterator](),
    write: (bytes) => child.stdin.write(bytes),
    end: () => child.stdin.end(),
    ended,
    close: () => child.kill('SIGKILL'),
  }
}
