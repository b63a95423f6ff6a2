import { workflowStream } from '@plimsoll/domain'
import { openInstallation, openProject, operatorOf, startService } from '@plimsoll/e2e'
import type { Installation, Project } from '@plimsoll/e2e'
import { readStream } from '@plimsoll/event-log'
import { cluster, gitHttpServer, until } from '@plimsoll/harness'
import type { Cluster } from '@plimsoll/harness'
import { absoluteFigure, percentile } from './figure.ts'
import type { Figure } from './figure.ts'

const patienceMs = 60_000

/** Single changes to the objects of a workflow that heals itself, one after another: until told, and until put back. */
export async function drift(count = 500): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack()
  const git = stack.use(await gitHttpServer())
  const view = stack.use(cluster())
  const installation = stack.use(await openInstallation())
  await operatorOf(installation).startAutoSync()
  for (const name of ['projection', 'poller', 'differ', 'syncer'] as const)
    stack.use(await startService(installation, name))
  const files = Object.fromEntries(Array.from({ length: count }, (_, index) => [`object-${index}.yaml`, text(index)]))
  const project = await openProject(installation, { git, files, sync_policy: { self_heal: true } })
  await project.untilSynced(project.first)
  await until(async () => (await watched(installation)) || undefined, { what: 'the objects are watched' })

  const runs: Run[] = []
  for (let index = 0; index < count; index++) runs.push(await driftOnce(installation, project, view, index))
  const figure = (name: string, of: keyof Run, below: number, end: string) => {
    const values = runs.map((run) => run[of])
    return absoluteFigure({
      name,
      value: percentile(values, 0.99),
      unit: 'ms',
      below,
      n: count,
      clock: `answer of the API server to a change by somebody else, every fifth a deletion, to ${end}; p99`,
      parts: { p50: percentile(values, 0.5), p90: percentile(values, 0.9), max: Math.max(...values) },
    })
  }
  return [
    figure('drift-detected', 'detected', 1_000, 'DriftDetected being recorded'),
    figure('drift-healed', 'healed', 2_000, 'the object being as it was'),
  ]
}

type Run = { readonly detected: number; readonly healed: number }

async function driftOnce({ log }: Installation, project: Project, view: Cluster, index: number): Promise<Run> {
  const path = `/api/v1/namespaces/${project.namespace}/configmaps/object-${index}`
  if (index % 5 === 4) await view.delete(path)
  else await view.patch(path, { data: { key: 'drifted' } })
  const changed = Date.now()
  const isBack = async () => ((await view.get(path))?.['data'] as { key?: string } | undefined)?.key === 'first'
  await until(isBack, { what: `object-${index} is put back`, timeoutMs: patienceMs, intervalMs: 5 })
  const back = Date.now()
  // The end is waited for, so that each change is one of its own.
  const found = await until(
    async () => {
      const events = await readStream(log, workflowStream(project.id))
      if (events.at(-1)?.type !== 'DriftHealed') return undefined
      return events.findLast(({ type }) => type === 'DriftDetected')
    },
    { what: `the heal of object-${index} is recorded`, timeoutMs: patienceMs },
  )
  return { detected: found.recordedAt.getTime() - changed, healed: back - changed }
}

async function watched({ log }: Installation): Promise<boolean> {
  const kinds = await log.db
    .selectFrom('watched_kind')
    .select('synced_at')
    .where('resource', '=', 'configmaps')
    .execute()
  return kinds.length > 0 && kinds.every(({ synced_at: at }) => at !== null)
}

function text(index: number): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: object-${index}\ndata:\n  key: first\n  text: ${'x'.repeat(200)}\n`
}
