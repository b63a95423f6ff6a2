import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { freshDatabase, testEnvironment, until } from '@plimsoll/harness'

export type Services = AsyncDisposable & {
  readonly url: string
  readonly postgresUrl: string
  readonly tokenFile: string
  /** A folder of its own, removed at the end. */
  readonly folder: string
}

type Name = 'poller' | 'differ' | 'rollback' | 'syncer'

/** A real api and projection, and others as asked for, each in a process of its own, over a database of their own. */
export async function startServices(...others: readonly Name[]): Promise<Services> {
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
    PLIMSOLL_KUBECONFIG: testEnvironment('PLIMSOLL_TEST_KUBECONFIG'),
    PLIMSOLL_ALLOW_LOOPBACK_CLUSTERS: 'true',
    PLIMSOLL_KEY: randomBytes(32).toString('base64'),
    PLIMSOLL_CACHE_DIR: join(folder, 'cache'),
    PLIMSOLL_API_PORT: '0',
    PLIMSOLL_API_TOKEN_FILE: tokenFile,
  }
  const names = ['api', 'projection', ...others] as const
  const started = names.map((name) => stack.use(startService(name, env)))
  const [api] = await Promise.all(started.map(({ ready }) => ready))
  const url = /"url":"([^"]+)"/.exec(api ?? '')?.[1] ?? ''
  const services = stack.move()
  return { url, postgresUrl: database.url, tokenFile, folder, [Symbol.asyncDispose]: () => services.disposeAsync() }
}

function startService(name: string, env: NodeJS.ProcessEnv): AsyncDisposable & { readonly ready: Promise<string> } {
  const main = join(import.meta.dirname, '..', '..', name, 'src', 'main.ts')
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()))
  const isReady = () => {
    if (child.exitCode !== null) throw new Error(output)
    return /"msg":"(ready|projection is up)"/.test(output)
  }
  return {
    ready: until(isReady, { what: `the ${name} is ready` }).then(() => output),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
