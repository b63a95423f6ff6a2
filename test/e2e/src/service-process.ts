import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '@plimsoll/harness'
import type { Installation } from './installation.ts'

export type ServiceName = 'api' | 'differ' | 'poller' | 'projection' | 'rollback' | 'syncer'

/** A service as its own process, as it is deployed. Disposing kills it. */
export type ServiceProcess = AsyncDisposable & {
  readonly name: ServiceName
  /** Its name among the replicas, as the log shows it. */
  readonly replica: string
  readonly pid: number
  /** Everything that it wrote so far, to standard output and standard error. */
  readonly output: () => string
  readonly signal: (name: NodeJS.Signals) => void
  /** Waits for its end; the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

let started = 0

/** Starts `apps/<name>/src/main.ts` and waits until it says that it is ready. */
export async function startService(
  installation: Installation,
  name: ServiceName,
  settings: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const replica = `${name}-${++started}`
  const main = fileURLToPath(new URL(`../../../apps/${name}/src/main.ts`, import.meta.url))
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environmentOf(installation, replica), ...settings },
  })
  const killWithUs = () => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const ended = once(child, 'close').then(([code, signal]) => {
    process.off('exit', killWithUs)
    return (code ?? signal) as number | NodeJS.Signals
  })
  await until(
    () => {
      if (child.exitCode !== null) throw new Error(output)
      return /"msg":"(ready|projection is up)"/.test(output)
    },
    { what: `the ${name} is ready` },
  )
  return {
    name,
    replica,
    pid: child.pid ?? 0,
    output: () => output,
    signal: (signal) => void child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function environmentOf(
  { postgresUrl, natsUrl, natsPrefix, kubeconfig, key, folder }: Installation,
  replica: string,
): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    PLIMSOLL_POSTGRES_URL: postgresUrl,
    PLIMSOLL_NATS_URL: natsUrl,
    PLIMSOLL_NATS_PREFIX: natsPrefix,
    PLIMSOLL_KUBECONFIG: kubeconfig,
    PLIMSOLL_KEY: key.toString('base64'),
    PLIMSOLL_CACHE_DIR: join(folder, replica),
    PLIMSOLL_REPLICA: replica,
    PLIMSOLL_LOG_LEVEL: 'debug',
    // Starting takes half the time, and the process a sixth less memory.
    NODE_COMPILE_CACHE: join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'plimsoll', 'compiled'),
  }
}
