import {
  brokenDeployment,
  configMap,
  configMapPath,
  deployment,
  documents,
  openInstallation,
  openProject,
  operatorOf,
  startService,
  type Installation,
  type Project,
} from '@plimsoll/e2e'
import { cluster, gitHttpServer, until, type GitHttpServer } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manyObjects } from './many-objects.ts'
import { openReplicas, type Failpoint, type Replicas } from './replicas.ts'
import { endOf } from './same-end.ts'
import { faultsOfLog } from './sound-log.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let replicas: Replicas
let git: GitHttpServer
const view = stack.use(cluster())

beforeAll(async () => {
  installation = stack.use(await openInstallation())
  await operatorOf(installation).startAutoSync()
  const lease = { PLIMSOLL_LEASE_MS: '18000' }
  for (const name of ['projection', 'poller', 'differ'] as const) stack.use(await startService(installation, name))
  replicas = stack.use(await openReplicas(installation, { syncer: 2, rollback: 2 }, lease))
  git = stack.use(await gitHttpServer())
})
afterAll(() => stack.disposeAsync())

/** All of it takes minutes: `npm run test:soak`. */
const isSoak = process.env['PLIMSOLL_TEST_SOAK'] === '1'
const patience = { timeoutMs: isSoak ? 400_000 : 200_000 }
/** A good commit that prunes, or a bad one that is rolled back. */
type Phase = 'good' | 'bad'

const everyPoint: readonly (readonly [Phase, Failpoint])[] = [
  ['good', { append: 'SyncStarted', when: 'before' }],
  ['bad', { append: 'RollbackStarted', when: 'after' }],
  ['good', { write: 'PATCH', nth: 5, by: 'syncer' }],
  ['bad', { write: 'PATCH', nth: 9, by: 'rollback' }],
  ['good', { write: 'DELETE', nth: 1, by: 'syncer' }],
  ['bad', { append: 'RollbackSucceeded', when: 'before' }],
  // The rest in the full size only.
  ['bad', { append: 'SyncFailed', when: 'before' }],
  ['good', { append: 'SyncSucceeded', when: 'after' }],
  ['good', { append: 'SyncStarted', when: 'after' }],
  ['good', { write: 'any', nth: 1, by: 'syncer' }],
  ['good', { append: 'WaveApplied', when: 'before' }],
  ['good', { append: 'WaveApplied', when: 'after' }],
  ['good', { append: 'SyncSucceeded', when: 'before' }],
  ['bad', { append: 'SyncStarted', when: 'before' }],
  ['bad', { append: 'SyncStarted', when: 'after' }],
  ['bad', { write: 'any', nth: 1, by: 'syncer' }],
  ['bad', { write: 'PATCH', nth: 12, by: 'syncer' }],
  ['bad', { append: 'WaveApplied', when: 'before' }],
  ['bad', { append: 'WaveApplied', when: 'after' }],
  ['bad', { append: 'SyncFailed', when: 'after' }],
  ['bad', { append: 'RollbackStarted', when: 'before' }],
  ['bad', { write: 'any', nth: 1, by: 'rollback' }],
  ['bad', { write: 'DELETE', nth: 2, by: 'rollback' }],
  ['bad', { append: 'RollbackSucceeded', when: 'after' }],
]
const points = isSoak ? everyPoint : everyPoint.slice(0, 6)

const nameOf = ([phase, point]: (typeof points)[number]) =>
  'append' in point ? `${phase}: ${point.when} ${point.append}` : `${phase}: ${point.by}, ${point.write} ${point.nth}`

const late = (x: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'late', annotations: { 'plimsoll.dev/sync-wave': '1' } },
  data: { x },
})

const openShop = () =>
  openProject(installation, {
    git,
    files: {
      ...manyObjects(12, '1'),
      'late.yaml': documents(late('1'), deployment('web')),
      'old.yaml': documents(configMap('old', { x: '1' })),
    },
    rollback_on_failure: true,
    sync_policy: { auto_prune: true, health_check: { timeout: '20s' } },
  })

/** A commit that writes in two waves and prunes, then one that is rolled back. */
async function live(project: Project, at: (typeof points)[number] | undefined): Promise<object> {
  await untilApplied(project, project.first)
  const arm = (phase: Phase) => (at?.[0] === phase ? replicas.arm(project, at[1]) : undefined)
  const armed = [arm('good')]
  const good = await project.push({
    ...manyObjects(12, '2'),
    'late.yaml': documents(late('2'), deployment('web', { image: 'web:2' })),
    'old.yaml': null,
  })
  await untilApplied(project, good)
  expect(await view.get(configMapPath(project.namespace, 'old'))).toBeUndefined()

  armed.push(arm('bad'))
  const bad = await project.push({
    ...manyObjects(12, '3'),
    'late.yaml': documents(late('3'), brokenDeployment('web', 'broken:3')),
    'fresh.yaml': documents(...Array.from({ length: 4 }, (_, nth) => configMap(`fresh-${nth}`, { x: '1' }))),
  })
  await until(
    async () => {
      const events = await project.events()
      if (events.some(({ type }) => /^Rollback(Succeeded|Failed)$/.test(type))) return true
      throw new Error(
        events
          .slice(-8)
          .map((event) => JSON.stringify(event).slice(0, 300))
          .join('\n'),
      )
    },
    { what: `the rollback ends (${at && nameOf(at)})`, ...patience },
  )
  await until(async () => (await project.workflow()).plan?.revision === bad, { what: 'it is planned', ...patience })
  if (at !== undefined && !armed.some((one) => one?.isHit)) throw new Error(`${nameOf(at)} was never reached`)
  return endOf(installation, view, project, { first: project.first, good, bad })
}

/** So many at once: more would only wait for each other. */
function batches<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, nth) => all.slice(nth * size, (nth + 1) * size))
}

async function untilApplied(project: Project, revision: string): Promise<void> {
  await until(async () => (await project.workflow()).applied?.revision === revision, {
    what: `${revision} is applied`,
    ...patience,
  })
}

test(
  'whoever is killed at whatever point of a sync or its rollback, the end is the same as without',
  { timeout: isSoak ? 1_200_000 : 300_000 },
  async () => {
    const ends: (readonly [string | undefined, object])[] = []
    for (const batch of batches([undefined, ...points], 9))
      ends.push(
        ...(await Promise.all(batch.map(async (at) => [at && nameOf(at), await live(await openShop(), at)] as const))),
      )
    const [[, untouched] = []] = ends
    for (const [name, end] of ends.slice(1)) expect([name, end]).toEqual([name, untouched])
    expect(await faultsOfLog(installation)).toEqual([])
    expect(replicas.hits()).toBe(points.length)
    expect(replicas.kills()).toBeGreaterThan(0)
  },
)
