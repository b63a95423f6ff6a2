import { openInstallation, operatorOf, startInProcess, type Installation, type ServiceName } from '@plimsoll/e2e'
import { cluster, gitHttpServer } from '@plimsoll/harness'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { openReplicas, type Replicas } from './replicas.ts'
import { faultsOfLog } from './sound-log.ts'
import { live, stories, type Place, type Told } from './stories.ts'

/** `npm run test:soak`: four replicas of each service, and faults for minutes. Else a slice of it. */
const isSoak = process.env['PLIMSOLL_TEST_SOAK'] === '1'
const seed = Number(process.env['PLIMSOLL_TEST_SEED'] ?? '20261123')
const leaseMs = 18_000
const size = isSoak
  ? { replicas: 4, kills: 60, everyMs: 2_500, rounds: 3 }
  : { replicas: 2, kills: 6, everyMs: 1_500, rounds: 1 }
const timeoutMs = isSoak ? 900_000 : 200_000

const services = ['projection', 'poller', 'differ', 'syncer', 'rollback'] as const satisfies readonly ServiceName[]
const names = Object.keys(stories) as (keyof typeof stories)[]
const stack = new AsyncDisposableStack()
const view = stack.use(cluster())
afterAll(() => stack.disposeAsync())

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Kills replicas at random, and stops one of those that write for longer than its lease. */
async function bringFaults(replicas: Replicas, signal: AbortSignal): Promise<void> {
  const random = randomFrom(seed)
  const pick = <T>(all: readonly [T, ...T[]]): T => all[Math.floor(random() * all.length)] ?? all[0]
  const stopped: Promise<void>[] = []
  for (let nth = 0; nth < size.kills && !signal.aborted; nth += 1) {
    await sleep(size.everyMs * (0.5 + random()), undefined, { signal }).catch(() => {})
    const replica = Math.floor(random() * size.replicas)
    // Once in the slice, and now and then in the full size.
    if (nth % 10 === 1) stopped.push(stopPastLease(replicas, pick(['syncer', 'rollback', 'syncer']), replica, signal))
    else void replicas.pick(pick(services), replica).kill()
  }
  await Promise.all(stopped)
}

async function stopPastLease(replicas: Replicas, name: ServiceName, nth: number, signal: AbortSignal): Promise<void> {
  const victim = replicas.pick(name, nth).process()
  victim?.signal('SIGSTOP')
  await sleep(leaseMs + 3_000, undefined, { signal }).catch(() => {})
  victim?.signal('SIGCONT')
}

async function tellAll(installation: Installation, rounds: number): Promise<Map<string, readonly Told[]>> {
  await using git = await gitHttpServer()
  const place: Place = { installation, git, view, timeoutMs }
  const told = await Promise.all(
    names.map(async (name) => {
      const all = await Promise.all(Array.from({ length: rounds }, () => live(place, name)))
      return [name, all] as const
    }),
  )
  return new Map(told)
}

async function openCalm(): Promise<Installation> {
  const installation = stack.use(await openInstallation())
  await operatorOf(installation).startAutoSync()
  stack.use(await startInProcess(installation, 'r1', { hookCommands: true }))
  return installation
}

test(
  'with waves, hooks, approvals, drift and rollbacks in the mix, replicas that are killed or stopped leave the same end',
  { timeout: timeoutMs + 60_000 },
  async () => {
    const wild = stack.use(await openInstallation())
    await operatorOf(wild).startAutoSync()
    const counts = Object.fromEntries(services.map((name) => [name, size.replicas]))
    const untouched = openCalm().then((installation) => tellAll(installation, 1))
    await using replicas = await openReplicas(wild, counts, {
      PLIMSOLL_LEASE_MS: `${leaseMs}`,
      PLIMSOLL_HOOK_COMMANDS: 'true',
    })
    const over = new AbortController()
    const faults = bringFaults(replicas, over.signal)
    const told = await tellAll(wild, size.rounds)
    over.abort()
    await faults
    const calm = await untouched
    for (const name of names) {
      const [expected] = calm.get(name) ?? []
      for (const { end, faults: found } of told.get(name) ?? [])
        expect([name, found, end]).toEqual([name, [], expected?.end])
      expect(expected?.faults).toEqual([])
    }
    expect(await faultsOfLog(wild)).toEqual([])
    expect(replicas.kills()).toBeGreaterThan(0)
  },
)
