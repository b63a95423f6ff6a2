import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const bin = join(import.meta.dirname, '..', 'bin', 'plimsoll.mjs')

export type Ran = { readonly code: number | null; readonly out: string; readonly err: string }

/** Runs the command as a user does. */
export async function plimsoll(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>>; readonly stdin?: string } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: options.cwd ?? '/',
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
  })
  child.stdin.end(options.stdin ?? '')
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}
