import { findOrBuildTool, freePort } from '@plimsoll/embedded'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** A nats-server of the test's own, to be stopped, wiped and started again on the same port. */
export type NatsServer = AsyncDisposable & {
  readonly url: string
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
  /** Deletes what JetStream stored. The server must be stopped. */
  readonly wipe: () => Promise<void>
  /** Keeps a copy of what JetStream stored, or puts it back. The server must be stopped. */
  readonly save: () => Promise<void>
  readonly restore: () => Promise<void>
}

export type NatsServerOptions = {
  /** Bytes; default 1 MiB. */
  readonly maxPayload?: number
  /** The inside of that block of the server's configuration. */
  readonly authorization?: string
}

export async function natsServer({
  maxPayload = 1_048_576,
  authorization = '',
}: NatsServerOptions = {}): Promise<NatsServer> {
  const { path: binary } = await findOrBuildTool('nats-server')
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-nats-'))
  const [store, copy, config] = ['store', 'copy', 'nats.conf'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const port = await freePort()
  const lines = [
    `listen: 127.0.0.1:${port}`,
    `max_payload: ${maxPayload}`,
    `jetstream { store_dir: "${store}" }`,
    `authorization { ${authorization} }`,
  ]
  await writeFile(config, lines.join('\n'))
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    child = spawn(binary, ['-c', config], { stdio: 'ignore' })
    await untilAnswers(port)
  }
  const stop = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    await exited
  }
  const wipe = (): Promise<void> => rm(store, { recursive: true, force: true })
  await start()
  return {
    url: `nats://127.0.0.1:${port}`,
    start,
    stop,
    wipe,
    save: () => cp(store, copy, { recursive: true }),
    restore: async () => {
      await wipe()
      await cp(copy, store, { recursive: true })
    },
    [Symbol.asyncDispose]: async () => {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilAnswers(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const answered = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (answered) return
    await delay(20)
  }
}
