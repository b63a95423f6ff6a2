import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { reapLeftover } from '../process/leftover.ts'
import type { Part } from '../process/part.ts'
import { startChild } from '../process/start-child.ts'
import { untilReady } from '../process/until-ready.ts'

export type EtcdOptions = {
  /** Holds data, sockets, log and pid file. */
  readonly folder: string
  /** The etcd to run. */
  readonly binary: string
  /** False gives up durability for speed: for tests only. */
  readonly durable?: boolean
}

export type Etcd = Part & {
  /** An apiserver must run in this folder: the address is a socket in it. */
  readonly folder: string
  readonly url: string
}

// etcd takes a "host:port" after unix:// and makes a socket of that very name in its working folder.
const client = 'localhost:1'
const peer = 'localhost:2'

/**
 * Starts one etcd member that listens only on unix sockets in its folder (mode 0700): etcd has no authentication of
 * its own here, so on a TCP port every local user could read and write the cluster.
 */
export async function startEtcd({ folder, binary, durable = true }: EtcdOptions): Promise<Etcd> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  await reapLeftover(folder, 'etcd')
  // A killed etcd leaves its sockets behind, and the new one's are the sign that it listens.
  for (const socket of [client, peer]) rmSync(join(folder, socket), { force: true })
  const child = await startChild({
    name: 'etcd',
    folder,
    command: binary,
    args: [...flags(), ...(durable ? [] : ['--unsafe-no-fsync'])],
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
  })
  await untilReady(child, () => Promise.resolve(existsSync(join(folder, client))))
  return { ...child, folder, url: `unix://${client}` }
}

function flags(): readonly string[] {
  const values = {
    name: 'plimsoll',
    'data-dir': 'data',
    'listen-client-urls': `unix://${client}`,
    'advertise-client-urls': `unix://${client}`,
    'listen-peer-urls': `unix://${peer}`,
    'initial-advertise-peer-urls': `unix://${peer}`,
    'initial-cluster': `plimsoll=unix://${peer}`,
    // A single member has nobody to wait for: it elects itself after a tenth of a second.
    'heartbeat-interval': 20,
    'election-timeout': 100,
    'quota-backend-bytes': 8 * 1024 ** 3,
    'log-level': 'warn',
  }
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`)
}
