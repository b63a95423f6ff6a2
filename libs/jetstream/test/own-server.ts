import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, glob, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, connect as dial } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A nats-server of the test's own, to be stopped, wiped and started again on the same port. */
export type OwnServer = AsyncDisposable & {
  readonly url: string
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
  /** Deletes what JetStream stored. The server must be stopped. */
  readonly wipe: () => Promise<void>
  /** Keeps a copy of what JetStream stored, or puts it back. The server must be stopped. */
  readonly save: () => Promise<void>
  readonly restore: () => Promise<void>
}

/** `authorization` is the inside of that block of the server's configuration. */
export async function startOwnServer({
  authorization = '',
}: { readonly authorization?: string } = {}): Promise<OwnServer> {
  const binary = await findBinary()
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-nats-'))
  const store = join(folder, 'store')
  const copy = join(folder, 'copy')
  const port = await freePort()
  const config = join(folder, 'nats.conf')
  const lines = [
    `listen: 127.0.0.1:${port}`,
    `jetstream { store_dir: "${store}" }`,
    `authorization { ${authorization} }`,
  ]
  await writeFile(config, lines.join('\n'))
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    child = spawn(binary, ['-c', config], { stdio: 'ignore' })
    await answers(port)
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

async function findBinary(): Promise<string> {
  const given = process.env['PLIMSOLL_TOOL_NATS_SERVER']
  if (given !== undefined) return given
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'plimsoll/tools')
  const found = await Array.fromAsync(glob('nats-server-*/nats-server', { cwd: cache }))
  const newest = found.toSorted().at(-1)
  if (newest === undefined) throw new Error('no nats-server found: set PLIMSOLL_TOOL_NATS_SERVER to its path')
  return join(cache, newest)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function answers(port: number): Promise<void> {
  for (;;) {
    const socket = dial(port, '127.0.0.1')
    const connected = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (connected) return
    await sleep(20)
  }
}
