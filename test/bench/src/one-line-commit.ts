import { randomUUID } from 'node:crypto'
import {
  repositoryStream,
  requestRefresh,
  repositoryDecider,
  requestPlan,
  workflowDecider,
  workflowStream,
} from '@plimsoll/domain'
import { openInstallation, openProject, operatorOf, startService } from '@plimsoll/e2e'
import type { Installation, Project } from '@plimsoll/e2e'
import { readStream, transact } from '@plimsoll/event-log'
import { cluster, gitHttpServer, until } from '@plimsoll/harness'
import type { Cluster } from '@plimsoll/harness'
import { absoluteFigure, median } from './figure.ts'
import type { Figure } from './figure.ts'
import { requestsFor } from './request-count.ts'

const rounds = 5
const patienceMs = 300_000

/** A one-line commit in a repository of 10,000 objects, and a look at it when nothing changed. */
export async function oneLineCommit(count = 10_000): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack()
  const git = stack.use(await gitHttpServer())
  const view = stack.use(cluster())
  const installation = stack.use(await openInstallation())
  await operatorOf(installation).startAutoSync()
  // As they are deployed; and what the Git server of this process does is not on their clock.
  for (const name of ['projection', 'poller', 'differ', 'syncer'] as const)
    stack.use(await startService(installation, name))
  const files = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [pathOf(index), configMap(index, 'first')]),
  )
  const project = await openProject(installation, { git, files, target_path: 'app', auto_sync: true })
  await ended(installation, project, 1)

  const runs: Run[] = []
  for (let round = 0; round < rounds; round++) runs.push(await commitOneLine(installation, project, view, round))
  const part = (name: keyof Run) => median(runs.map((run) => run[name]))
  const clock = 'end of the push, with a webhook, to the changed object being in the cluster'
  return [
    absoluteFigure({
      name: 'one-line-commit',
      value: part('whole'),
      unit: 'ms',
      below: 1_000,
      n: count,
      clock,
      parts: { fetch: part('fetch'), plan: part('plan'), apply: part('apply') },
    }),
    await unchanged(installation, project, view, count),
  ]
}

type Run = { readonly whole: number; readonly fetch: number; readonly plan: number; readonly apply: number }

async function commitOneLine(installation: Installation, project: Project, view: Cluster, round: number): Promise<Run> {
  const index = 37 + round
  const value = `round-${round}`
  const { log } = installation
  const revision = await project.push({ [pathOf(index)]: configMap(index, value) })
  const pushed = Date.now()
  const decider = repositoryDecider
  await transact(log, { stream: repositoryStream(project.id), cause: cause(), decider }, requestRefresh('webhook'))
  const path = `/api/v1/namespaces/${project.namespace}/configmaps/object-${index}`
  const isApplied = async () => ((await view.get(path))?.['data'] as { key?: string } | undefined)?.key === value
  await until(isApplied, { what: 'the commit is in the cluster', timeoutMs: patienceMs, intervalMs: 5 })
  const applied = Date.now()
  await project.untilSynced(revision)
  const observed = await recordedAt(installation, repositoryStream(project.id), 'RevisionObserved')
  const planned = await recordedAt(installation, workflowStream(project.id), 'PlanMade')
  return { whole: applied - pushed, fetch: observed - pushed, plan: planned - observed, apply: applied - planned }
}

async function recordedAt({ log }: Installation, stream: string, type: string): Promise<number> {
  const last = (await readStream(log, stream)).findLast((event) => event.type === type)
  if (last === undefined) throw new Error(`${stream} holds no ${type}`)
  return last.recordedAt.getTime()
}

/** Asks for a plan of what was just synced, and counts what the API server was asked meanwhile about objects of that kind. */
async function unchanged(installation: Installation, project: Project, view: Cluster, n: number): Promise<Figure> {
  await until(async () => (await lookAgain(installation, project, view)) === 0, {
    what: 'a look at an unchanged workflow asks nothing',
    timeoutMs: 30_000,
  }).catch(() => {})
  const value = await lookAgain(installation, project, view)
  const clock =
    'PlanRequested to PlanMade of an unchanged workflow: requests for ConfigMaps that the API server counted'
  return absoluteFigure({ name: 'unchanged', value, unit: 'API calls', below: 1, n, clock })
}

async function lookAgain({ log }: Installation, { id, events }: Project, view: Cluster): Promise<number> {
  const before = await requestsFor(view, ['configmaps'])
  const plans = (await events()).filter(({ type }) => type === 'PlanMade').length
  await transact(log, { stream: workflowStream(id), cause: cause(), decider: workflowDecider }, requestPlan(null))
  await until(async () => (await events()).filter(({ type }) => type === 'PlanMade').length > plans, {
    what: 'the plan is made',
    timeoutMs: patienceMs,
  })
  return (await requestsFor(view, ['configmaps'])) - before
}

async function ended(installation: Installation, { id }: Project, count: number): Promise<void> {
  await until(
    async () => {
      const events = await readStream(installation.log, workflowStream(id))
      const failed = events.find(({ type }) => type === 'SyncFailed' || type === 'PlanFailed')
      if (failed !== undefined) throw new Error(JSON.stringify(failed.data))
      return events.filter(({ type }) => type === 'SyncSucceeded').length >= count
    },
    { what: 'the first sync ends', timeoutMs: patienceMs },
  )
}

const cause = () => ({ commandId: randomUUID(), actor: 'bench' })
const pathOf = (index: number) => `app/part-${Math.floor(index / 100)}/object-${index}.yaml`

function configMap(index: number, value: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: object-${index}\n  labels:\n    app: object-${index}\ndata:\n  key: ${value}\n  text: ${'x'.repeat(200)}\n`
}
