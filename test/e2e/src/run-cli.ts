import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export type CliRun = { readonly code: number; readonly out: string; readonly err: string }

/** Runs `plimsoll` as its own process, with nothing in its environment but what is given. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = '',
): Promise<CliRun> {
  const main = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env['PATH'], ...env } })
  child.stdin.end(stdin)
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text))
  const [code] = await once(child, 'close')
  return { code: Number(code), out, err }
}
