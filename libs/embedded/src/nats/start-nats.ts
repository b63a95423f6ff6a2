import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { keptPort } from '../process/ports.ts'
import type { Part } from '../process/part.ts'
import { keptSecret } from '../process/kept-secret.ts'
import { startChild } from '../process/start-child.ts'
import { untilReady } from '../process/until-ready.ts'

export type NatsOptions = {
  /** Holds configuration, streams, log and pid file. */
  readonly folder: string
  /** The nats-server to run. */
  readonly binary: string
  /** A fixed port instead of a free one that is kept. */
  readonly port?: number
}

export type Nats = Part & {
  readonly port: number
  /** `nats://user:password@127.0.0.1:port` */
  readonly url: string
}

/** Starts nats-server with JetStream on disk, on loopback, behind a password that is made once. */
export async function startNats({ folder, binary, port: fixedPort }: NatsOptions): Promise<Nats> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const port = fixedPort ?? (await keptPort(folder, 'nats-server'))
  const password = keptSecret(join(folder, 'password'), () => randomBytes(24).toString('base64url'))
  const config = join(folder, 'nats-server.conf')
  writeFileSync(config, configuration(folder, port, password), { mode: 0o600 })

  const child = await startChild({
    name: 'nats-server',
    folder,
    command: binary,
    args: ['-c', config],
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
  })
  // The server listens for clients only after JetStream has recovered its streams.
  await untilReady(child, () => greets(port))
  return { ...child, port, url: `nats://plimsoll:${password}@127.0.0.1:${port}` }
}

function configuration(folder: string, port: number, password: string): string {
  return [
    'host: "127.0.0.1"',
    `port: ${port}`,
    'server_name: "plimsoll"',
    `jetstream { store_dir: ${JSON.stringify(join(folder, 'streams'))} }`,
    `authorization { user: "plimsoll", password: "${password}" }`,
    '',
  ].join('\n')
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.setTimeout(1_000, () => socket.destroy())
    socket.once('data', (data) => {
      socket.destroy()
      resolve(data.toString('latin1').startsWith('INFO '))
    })
    socket.once('error', () => undefined)
    socket.once('close', () => resolve(false))
  })
}
