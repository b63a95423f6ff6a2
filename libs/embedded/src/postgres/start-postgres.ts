import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { keptSecret } from '../process/kept-secret.ts'
import { PartFailedError } from '../process/part-failed-error.ts'
import { ownEnvironment } from '../process/own-environment.ts'
import type { Part } from '../process/part.ts'
import { keptPort } from '../process/ports.ts'
import { startChild } from '../process/start-child.ts'
import { untilReady } from '../process/until-ready.ts'
import { postgresAnswers } from './answers.ts'
import { clearLeftoverPostgres } from './leftover-postgres.ts'
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.ts'
import { admit, postgresUser, type PostgresUser } from './postgres-user.ts'

export type PostgresOptions = {
  /** Holds data, password, log and pid file. */
  readonly folder: string
  /** A fixed port instead of a free one that is kept. */
  readonly port?: number
  /** False gives up durability for speed: for tests only. */
  readonly durable?: boolean
  /** Whether root may use a user namespace to run Postgres as somebody else. Default true. */
  readonly namespaces?: boolean
}

export type Postgres = Part & {
  readonly port: number
  /** `postgres://postgres:password@127.0.0.1:port/postgres`, a superuser. */
  readonly url: string
}

const run = promisify(execFile)

/** Starts Postgres 18 on loopback behind a password that is made once; the data are made at the first start and kept. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { folder, durable = true } = options
  const user = postgresUser(options.namespaces)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Nobody must pass through this folder to reach the data; what lies in it keeps modes of its own.
  if (user.kind === 'nobody') chmodSync(folder, 0o711)
  const data = join(folder, 'data')
  const binaries = postgresBinaries(join(folder, 'lib'))
  const password = keptSecret(join(folder, 'password'), () => randomBytes(24).toString('base64url'))
  if (!existsSync(data)) await initialise(data, password, user, binaries, durable)
  admit(user, data, binaries.postgres)
  await clearLeftoverPostgres(data)

  const port = options.port ?? (await keptPort(folder, 'postgres'))
  const child = await startChild({
    name: 'postgres',
    folder,
    command: binaries.postgres,
    args: ['-D', data, ...settings(port, durable)],
    env: binaries.env,
    ...asUser(user),
    // SIGINT is Postgres's fast shutdown: it ends sessions and writes a checkpoint.
    stopSignal: 'SIGINT',
    stopTimeoutMs: 20_000,
  })
  await untilReady(child, () => postgresAnswers(port))
  return { ...child, port, url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres` }
}

function settings(port: number, durable: boolean): readonly string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port,
    // Who may connect is settled by the password alone; a socket's path may also be too long for the kernel.
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
    max_wal_size: '2GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(!durable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function initialise(
  data: string,
  password: string,
  user: PostgresUser,
  binaries: PostgresBinaries,
  durable: boolean,
): Promise<void> {
  const fresh = `${data}.new`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { mode: 0o700 })
  admit(user, fresh, binaries.initdb)
  // A copy for the user that runs initdb, in a folder that nobody else may enter.
  const passwordFile = join(fresh, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user.kind === 'nobody') chownSync(passwordFile, user.uid, user.gid)
  const args = ['-D', join(fresh, 'data'), '-U', 'postgres', '--locale=C', '-E', 'UTF8', '-A', 'scram-sha-256']
  const { prefix = [], ...ids } = asUser(user)
  const [command, ...words] = [...prefix, binaries.initdb, ...args, `--pwfile=${passwordFile}`]
  try {
    await run(command, durable ? words : [...words, '--no-sync'], {
      env: { ...ownEnvironment(), ...binaries.env },
      ...ids,
    })
  } catch (cause) {
    const { stderr, message } = cause as Error & { stderr?: string }
    throw new PartFailedError(
      {
        what: 'Postgres could not make its data folder',
        where: data,
        because: stderr?.trim() || message,
        try: 'check the free disk and the owner of that folder, or use a server of your own with `--postgres URL`',
      },
      { cause },
    )
  }
  renameSync(join(fresh, 'data'), data)
  rmSync(fresh, { recursive: true, force: true })
}

function asUser(user: PostgresUser): { prefix?: readonly string[]; uid?: number; gid?: number } {
  switch (user.kind) {
    case 'self':
      return {}
    case 'namespace':
      return { prefix: user.prefix }
    case 'nobody':
      return { uid: user.uid, gid: user.gid }
  }
}
