import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { randomBytes } from 'node:crypto'
import { freshDatabase, testEnvironment } from '@plimsoll/harness'

export type StartedApi = AsyncDisposable & {
  readonly url: string
  readonly tokenFile: string
  /** A folder of its own, removed at the end. */
  readonly folder: string
  /** The environment of services that belong to the same installation. */
  readonly env: Readonly<Record<string, string>>
}

/** A real api in a process of its own, over a database of its own. */
export async function startApiProcess(): Promise<StartedApi> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-cli-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const tokenFile = join(folder, 'token')
  const env = {
    PATH: process.env['PATH'] ?? '',
    PLIMSOLL_POSTGRES_URL: database.url,
    PLIMSOLL_NATS_URL: testEnvironment('PLIMSOLL_TEST_NATS'),
    PLIMSOLL_NATS_PREFIX: `t${randomBytes(6).toString('hex')}`,
    PLIMSOLL_KEY: randomBytes(32).toString('base64'),
  }
  const main = join(import.meta.dirname, '..', '..', 'api', 'src', 'main.ts')
  const settings = { PLIMSOLL_API_PORT: '0', PLIMSOLL_API_TOKEN_FILE: tokenFile }
  const child = spawn(process.execPath, [main], { env: { ...env, ...settings }, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  stack.defer(async () => {
    child.kill('SIGTERM')
    await exited
  })
  const url = await listening(createInterface(child.stdout))
  const parts = stack.move()
  return { url, tokenFile, folder, env, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}

async function listening(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const { msg, url } = JSON.parse(line) as { readonly msg?: string; readonly url?: string }
    if (msg === 'listening' && url !== undefined) return url
  }
  throw new Error('the api ended before it listened')
}
