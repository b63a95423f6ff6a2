import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  repositoryDecider,
  repositoryStream,
  requestPlan,
  requestRefresh,
  workflowDecider,
  workflowStream,
} from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { openInstallation, openProject, operatorOf, startService } from '@plimsoll/e2e'
import type { Installation, Project, ServiceProcess } from '@plimsoll/e2e'
import { readStream, transact } from '@plimsoll/event-log'
import { cluster, freshNamespace, gitHttpServer, testEnvironment, typeInShell, until } from '@plimsoll/harness'
import { bareClient } from './bare-client.ts'
import { absoluteFigure, median, ratioFigure } from './figure.ts'
import type { Figure } from './figure.ts'
import { requestsFor } from './request-count.ts'
import { asFiles, bareObjects, changedObjects, mixedObjects } from './workload.ts'

const rounds = 3
const patienceMs = 600_000
const mebi = 1024 ** 2

/** The plan of 1,000 objects that all change, against bare dry runs and `kubectl diff` of the same; and of none that does. */
export async function planChanged(count = 1_000): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack()
  const { project, installation } = await syncedProject(stack, mixedObjects(count))
  using bare = bareClient(testEnvironment('PLIMSOLL_TEST_KUBECONFIG'))
  const namespace = await freshNamespace()
  await bare.applyAll(bareObjects(mixedObjects(count), namespace), false)
  const view = stack.use(cluster())
  const calls = await callsOfUnchanged(installation, project, view)

  const [ours, dryRuns, diffs]: [number[], number[], number[]] = [[], [], []]
  // A differ runs for weeks: what it does slowly once, as a service that has just started, is not counted.
  await secondsToPlan(installation, project, changedObjects(mixedObjects(count), 'warm-up'))
  for (let round = 0; round < rounds; round++) {
    const changed = changedObjects(mixedObjects(count), `round-${round}`)
    dryRuns.push(await bare.applyAll(bareObjects(changed, namespace), true))
    diffs.push(await kubectlDiff(changed, namespace))
    ours.push(await secondsToPlan(installation, project, changed))
  }
  const [plan, dryRun, diff] = [median(ours), median(dryRuns), median(diffs)]
  const clock = 'RevisionObserved to PlanMade: reads, parses and plans what changed, and keeps the plan'
  return [
    ratioFigure({
      name: 'plan-changed',
      value: plan,
      unit: 's',
      limit: dryRun,
      ratio: dryRun / plan,
      aim: 0.8,
      n: count,
      clock,
    }),
    ratioFigure({
      name: 'plan-changed-vs-kubectl-diff',
      value: plan,
      unit: 's',
      limit: diff,
      ratio: diff / plan,
      aim: 4,
      n: count,
      clock,
    }),
    absoluteFigure({
      name: 'plan-unchanged',
      value: calls,
      unit: 'API calls',
      below: 1,
      n: count,
      clock: 'PlanRequested to PlanMade of an unchanged workflow: requests for its kinds that the API server counted',
    }),
  ]
}

/** The most memory that a differ ever had while it planned 10,000 changed objects. */
export async function planMemory(count = 10_000): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack()
  const { project, installation, differ } = await syncedProject(stack, mixedObjects(count))
  const before = await peakBytes(differ)
  const seconds = await secondsToPlan(installation, project, changedObjects(mixedObjects(count), 'changed'))
  return [
    absoluteFigure({
      name: 'plan-memory',
      value: (await peakBytes(differ)) / mebi,
      unit: 'MiB',
      below: 1_024,
      n: count,
      clock: 'start of the differ to PlanMade of the change, all objects having changed: its largest resident set',
      parts: { 'before the change': before / mebi, 'seconds to plan': seconds },
    }),
  ]
}

async function syncedProject(stack: AsyncDisposableStack, objects: readonly KubernetesObject[]) {
  const git = stack.use(await gitHttpServer())
  const installation = stack.use(await openInstallation())
  // As they are deployed; and what the Git server of this process does is not on their clock.
  const services: ServiceProcess[] = []
  for (const name of ['projection', 'poller', 'differ', 'syncer'] as const)
    services.push(stack.use(await startService(installation, name)))
  const project = await openProject(installation, {
    git,
    files: asFiles(objects),
    target_path: 'app',
    auto_sync: false,
    sync_policy: { health_check: { enabled: false } },
  })
  await operatorOf(installation).requestSync(project.id)
  await until(
    async () => {
      const events = await project.events()
      const failed = events.find(({ type }) => type === 'SyncFailed' || type === 'PlanFailed')
      if (failed !== undefined) throw new Error(JSON.stringify(failed.data))
      return events.some(({ type }) => type === 'SyncSucceeded')
    },
    { what: 'the first sync ends', timeoutMs: patienceMs },
  )
  const differ = services.find(({ name }) => name === 'differ')
  if (differ === undefined) throw new Error('no differ')
  return { project, installation, differ }
}

/** Seconds from the moment that a commit is known to its plan, by the log's clock. */
async function secondsToPlan(
  { log }: Installation,
  project: Project,
  objects: readonly KubernetesObject[],
): Promise<number> {
  const revision = await project.push(asFiles(objects))
  await transact(
    log,
    { stream: repositoryStream(project.id), cause: cause(), decider: repositoryDecider },
    requestRefresh('webhook'),
  )
  const at = (stream: string, type: string) => async () => {
    const found = (await readStream(log, stream)).find(
      (event) => event.type === type && (event.data as { revision?: string }).revision === revision,
    )
    return found?.recordedAt.getTime()
  }
  const known = { what: 'the commit is planned', timeoutMs: patienceMs }
  const planned = await until(at(workflowStream(project.id), 'PlanMade'), known)
  const observed = await until(at(repositoryStream(project.id), 'RevisionObserved'), known)
  return (planned - observed) / 1_000
}

async function callsOfUnchanged(
  { log }: Installation,
  project: Project,
  view: Parameters<typeof requestsFor>[0],
): Promise<number> {
  const look = async () => {
    const made = async () => (await project.events()).filter(({ type }) => type === 'PlanMade').length
    const [before, plans] = [await requestsFor(view, kinds), await made()]
    const stream = workflowStream(project.id)
    await transact(log, { stream, cause: cause(), decider: workflowDecider }, requestPlan(null))
    await until(async () => (await made()) > plans, { what: 'the plan is made', timeoutMs: patienceMs })
    return (await requestsFor(view, kinds)) - before
  }
  // The watch of each kind begins with a list.
  const quiet = { what: 'a look at an unchanged workflow asks nothing', timeoutMs: 30_000 }
  await until(async () => (await look()) === 0, quiet).catch(() => {})
  return look()
}

const kinds = ['configmaps', 'secrets', 'services', 'deployments']

/** Seconds for `kubectl diff --server-side` of all objects, as the manager that applied them. */
async function kubectlDiff(objects: readonly KubernetesObject[], namespace: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-bench-'))
  try {
    const file = join(folder, 'all.json')
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
    await typeInShell('kubectl version --client')
    const started = performance.now()
    // It ends with 1 where something differs.
    const diff = `kubectl diff --server-side --field-manager=bare --namespace=${namespace} --filename=${file}`
    await typeInShell(`${diff} >/dev/null || test $? -eq 1`)
    return (performance.now() - started) / 1_000
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function peakBytes({ pid }: ServiceProcess): Promise<number> {
  const [, kibi = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibi) * 1024
}

const cause = () => ({ commandId: randomUUID(), actor: 'bench' })
