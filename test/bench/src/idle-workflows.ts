import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openInstallation, operatorOf, startService } from '@plimsoll/e2e'
import type { Installation } from '@plimsoll/e2e'
import { freshNamespace, gitHttpServer, until } from '@plimsoll/harness'
import type { GitHttpServer } from '@plimsoll/harness'
import { absoluteFigure } from './figure.ts'
import type { Figure } from './figure.ts'

const services = ['projection', 'poller', 'differ', 'syncer', 'rollback', 'api'] as const
const repositories = 10
const objectsEach = 10
const patience = { timeoutMs: 1_800_000, intervalMs: 1_000 }
/** Longer than the interval of the polls. */
const idleMs = 45_000
/** Until then caches let go of what nobody asked for. */
const settledMs = 180_000

/** 1,000 workflows of ten objects at which nothing happens: what memory and processor time they take, and that nothing is recorded. */
export async function idleWorkflows(count = 1_000): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack()
  const git = stack.use(await gitHttpServer())
  const installation = stack.use(await openInstallation())
  await operatorOf(installation).startAutoSync()
  {
    await using busy = new AsyncDisposableStack()
    for (const name of services) busy.use(await startService(installation, name, { PLIMSOLL_API_PORT: '0' }))
    await createAll(installation, git, count)
    const isDone = async () => (await countEvents(installation, 'SyncSucceeded')) >= count
    await until(isDone, { what: 'every workflow is synced', ...patience })
  }
  return [...(await separately(installation, count)), ...(await inOneProcess(installation, count))]
}

async function createAll(installation: Installation, git: GitHttpServer, count: number): Promise<void> {
  const operator = operatorOf(installation)
  const namespace = await freshNamespace()
  for (let nth = 0; nth < repositories; nth++) {
    const id = `idle-${nth}`
    const repository = await git.createRepository(id)
    const own = Array.from({ length: count }, (_, index) => index).filter((index) => index % repositories === nth)
    await repository.commit(Object.fromEntries(own.map((index) => [`w${index}/all.json`, manifests(index)])), 'first')
    await operator.registerRepository({ id, url: git.url(id) })
    for (const index of own)
      await operator.createWorkflow({
        id: `idle-${nth}-${index}`,
        repository: id,
        target_path: `w${index}`,
        auto_sync: true,
        destination: { namespace },
      })
  }
}

function manifests(index: number): string {
  const items = Array.from({ length: objectsEach }, (_, nth) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `w${index}-${nth}` },
    data: { text: 'x'.repeat(200) },
  }))
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

async function separately(installation: Installation, count: number): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack()
  const pids = new Map<string, number>()
  for (const name of services)
    pids.set(name, stack.use(await startService(installation, name, { PLIMSOLL_API_PORT: '0' })).pid)
  const { recorded, used } = await idle(installation, [...pids.values()])
  return [
    ...[...pids].map(([name, pid]) => memoryFigure(`idle-memory-${name}`, pid, 150, count)),
    cpuFigure('idle-cpu', used, count, 'processor time of all services together, of one core'),
    absoluteFigure({
      name: 'idle-events',
      value: recorded,
      unit: 'events',
      below: 1,
      n: count,
      clock: `appended in ${idleMs / 1_000} s in which nothing happens`,
    }),
  ]
}

async function inOneProcess(installation: Installation, count: number): Promise<readonly Figure[]> {
  const main = fileURLToPath(new URL('../../../apps/cli/bin/plimsoll.mjs', import.meta.url))
  const { postgresUrl, natsUrl, natsPrefix, kubeconfig, key, folder } = installation
  const words = ['up', '--dir', join(folder, 'up'), '--nats', natsUrl, '--kubeconfig', kubeconfig]
  const child = spawn(process.execPath, [main, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PLIMSOLL_POSTGRES_URL: postgresUrl,
      PLIMSOLL_NATS_PREFIX: natsPrefix,
      PLIMSOLL_KEY: key.toString('base64'),
    },
  })
  const ended = once(child, 'close')
  try {
    let told = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (told += text))
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(told)
        return told.includes('Plimsoll is up')
      },
      { what: 'Plimsoll is up', timeoutMs: 120_000 },
    )
    const pid = child.pid ?? 0
    const { used } = await idle(installation, [pid])
    return [
      memoryFigure('idle-memory-up', pid, 400, count),
      cpuFigure('idle-cpu-up', used, count, 'processor time of `plimsoll up`, of one core'),
    ]
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

/** Waits until what starting takes is over, then lets time pass. Milliseconds of processor time per second, and what was recorded. */
async function idle(installation: Installation, pids: readonly number[]) {
  let before = cpuOf(pids)
  await until(
    async () => {
      const [then, now] = [before, cpuOf(pids)]
      before = now
      return now - then < 100
    },
    { what: 'nothing more is done', timeoutMs: 300_000, intervalMs: 5_000 },
  )
  await sleep(settledMs)
  const [events, cpu] = [await countEvents(installation), cpuOf(pids)]
  await sleep(idleMs)
  return {
    recorded: (await countEvents(installation)) - events,
    used: (cpuOf(pids) - cpu) / (idleMs / 1_000),
  }
}

function memoryFigure(name: string, pid: number, below: number, n: number): Figure {
  const clock = 'resident set of the process, after it has had nothing to do for a while'
  return absoluteFigure({ name, value: residentMiB(pid), unit: 'MiB', below, n, clock })
}

function cpuFigure(name: string, used: number, n: number, clock: string): Figure {
  return absoluteFigure({ name, value: used, unit: 'ms/s', below: 50, n, clock })
}

function residentMiB(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) / 1_024
}

/** Processor time so far of all threads of the processes, in milliseconds. */
function cpuOf(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.reduce((sum, each) => sum + each, 0) * 10
}

async function countEvents({ log }: Installation, type?: string): Promise<number> {
  let query = log.db.selectFrom('event').select(({ fn }) => fn.countAll<number>().as('count'))
  if (type !== undefined) query = query.where('type', '=', type)
  return (await query.executeTakeFirstOrThrow()).count
}
