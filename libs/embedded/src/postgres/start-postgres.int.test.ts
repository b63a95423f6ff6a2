import { spawn } from 'node:child_process'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, test, vi } from 'vitest'
import { listeningAddresses } from '../../test/listening.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { PartFailedError } from '../process/part-failed-error.ts'
import { processStart } from '../process/process-start.ts'
import { startPostgres } from './start-postgres.ts'

const isRoot = process.getuid?.() === 0

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

test('a restart keeps the data, the port and the password', async () => {
  using folder = temporaryFolder()
  const first = await startPostgres({ folder: folder.path })
  await query(first.url, 'CREATE TABLE fact AS SELECT 7 AS seven')
  await first.stop()
  expect(processStart(first.pid)).toBeUndefined()

  await using second = await startPostgres({ folder: folder.path })
  expect(second.url).toBe(first.url)
  expect(await query(second.url, 'SELECT seven FROM fact')).toEqual([{ seven: 7 }])
})

test('it is version 18, durable unless asked otherwise, and lets 200 clients in', async () => {
  using folder = temporaryFolder()
  await using postgres = await startPostgres({ folder: folder.path })
  const [row] = await query(
    postgres.url,
    `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('fsync') AS fsync,
            current_setting('synchronous_commit') AS commit, current_setting('max_connections')::int AS clients`,
  )
  expect(row).toEqual({ version: 18, fsync: 'on', commit: 'on', clients: 200 })
})

test('it listens on loopback only and asks for the password', async () => {
  using folder = temporaryFolder()
  await using postgres = await startPostgres({ folder: folder.path, durable: false })
  expect(listeningAddresses(postgres.pid)).toEqual(['0100007F'])
  expect(statSync(join(folder.path, 'password')).mode & 0o777).toBe(0o600)

  const wrong = new URL(postgres.url)
  wrong.password = 'wrong'
  await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
})

test('after a SIGKILL with a client at work the next start recovers what was committed', async () => {
  using folder = temporaryFolder()
  const killed = await startPostgres({ folder: folder.path })
  await query(killed.url, 'CREATE TABLE fact AS SELECT 7 AS seven')
  // A backend that computes does not notice that its postmaster has died.
  const busy = query(killed.url, 'SELECT count(*) FROM generate_series(1, 1000000000000)').catch(() => undefined)
  const working = `SELECT 1 FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND pid <> pg_backend_pid()`
  await vi.waitFor(async () => expect(await query(killed.url, working)).toHaveLength(1), { timeout: 60_000 })
  process.kill(killed.pid, 'SIGKILL')
  await killed.exited

  await using next = await startPostgres({ folder: folder.path })
  expect(next.url).toBe(killed.url)
  expect(await query(next.url, 'SELECT seven FROM fact')).toEqual([{ seven: 7 }])
  await busy
})

test('a pid file that names a stranger does not keep it from starting', async () => {
  using folder = temporaryFolder()
  const first = await startPostgres({ folder: folder.path, durable: false })
  const pidFile = join(folder.path, 'data', 'postmaster.pid')
  const lines = readFileSync(pidFile, 'utf8').split('\n')
  await first.stop()
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' })
  writeFileSync(pidFile, [stranger.pid, ...lines.slice(1)].join('\n'))
  await using second = await startPostgres({ folder: folder.path, durable: false })
  expect(second.url).toBe(first.url)
  expect(processStart(stranger.pid ?? 0)).toBeTruthy()
  stranger.kill('SIGKILL')
})

test('two that start in folders of their own do not meet', async () => {
  using one = temporaryFolder()
  using other = temporaryFolder()
  const options = { durable: false }
  const [first, second] = await Promise.all([
    startPostgres({ ...options, folder: one.path }),
    startPostgres({ ...options, folder: other.path }),
  ])
  expect(first.port).not.toBe(second.port)
  await Promise.all([first.stop(), second.stop()])
})

test.runIf(isRoot)('for root without user namespaces, a closed folder above its files is named', async () => {
  using folder = temporaryFolder()
  const closed = join(folder.path, 'postgres')
  const error = await startPostgres({ folder: closed, namespaces: false }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(PartFailedError)
  expect(String(error)).toMatch(/chmod o\+x .+/)
})

test.runIf(isRoot && reachable())('for root without user namespaces it runs as nobody', async () => {
  using folder = temporaryFolder()
  chmodSync(folder.path, 0o711)
  const options = { folder: join(folder.path, 'postgres'), durable: false }
  const asNobody = await startPostgres({ ...options, namespaces: false })
  expect(statSync(`/proc/${asNobody.pid}`).uid).toBe(65_534)
  await query(asNobody.url, 'CREATE TABLE fact AS SELECT 7 AS seven')
  await asNobody.stop()

  await using asRoot = await startPostgres(options)
  expect(await query(asRoot.url, 'SELECT seven FROM fact')).toEqual([{ seven: 7 }])
})

/** Whether other users can reach this clone's packages. */
function reachable(): boolean {
  const folders = import.meta.dirname.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/') || '/')
  return folders.every((folder) => (statSync(folder).mode & 0o001) !== 0)
}
