import { workflowStream } from '@plimsoll/domain'
import { openInstallation, openProject, operatorOf, startInProcess } from '@plimsoll/e2e'
import type { Installation, Project } from '@plimsoll/e2e'
import { readStream } from '@plimsoll/event-log'
import { gitHttpServer, until } from '@plimsoll/harness'
import { median, ratioFigure } from './figure.ts'
import type { Figure } from './figure.ts'
import { asFiles, changedObjects, mixedObjects } from './workload.ts'

const rounds = 3
const patience = { timeoutMs: 300_000 }
/** At most 1.2 times the sync. */
const aim = 0.83

/** The rollback of a sync that changed 1,000 objects, against that sync. */
export async function rollback(count = 1_000): Promise<readonly Figure[]> {
  const objects = mixedObjects(count)
  await using stack = new AsyncDisposableStack()
  const git = stack.use(await gitHttpServer())
  const runs: Run[] = []
  for (let round = 0; round < rounds; round++) {
    await using installation = await openInstallation()
    await using _ = await startInProcess(installation)
    const project = await openProject(installation, {
      git,
      files: asFiles(objects),
      target_path: 'app',
      auto_sync: false,
      sync_policy: { health_check: { enabled: false } },
    })
    await sync(installation, project, project.first)
    await sync(installation, project, await project.push(asFiles(changedObjects(objects, `round-${round}`))))
    await operatorOf(installation).rollBack(project.id)
    await until(async () => (await project.events()).some(({ type }) => type === 'RollbackSucceeded'), {
      what: 'the rollback succeeds',
      ...patience,
    })
    runs.push(await runOf(installation, project))
  }
  const of = (name: keyof Run) => median(runs.map((run) => run[name]))
  return [
    ratioFigure({
      name: 'rollback',
      value: of('undo'),
      unit: 's',
      limit: of('sync'),
      ratio: of('sync') / of('undo'),
      aim,
      n: count,
      clock: 'RollbackStarted to RollbackSucceeded, against SyncStarted to SyncSucceeded of the sync that it undoes',
    }),
    ratioFigure({
      name: 'rollback-from-request',
      value: of('askedUndo'),
      unit: 's',
      limit: of('askedSync'),
      ratio: of('askedSync') / of('askedUndo'),
      aim,
      n: count,
      clock: 'RollbackRequested to RollbackSucceeded, against SyncRequested to SyncSucceeded',
      parts: { plan: of('askedUndo') - of('undo'), rollback: of('undo') },
    }),
  ]
}

async function sync(installation: Installation, project: Project, revision: string): Promise<void> {
  await until(async () => (await project.workflow()).plan?.revision === revision, {
    what: 'it is planned',
    ...patience,
  })
  await operatorOf(installation).requestSync(project.id)
  await until(async () => (await project.workflow()).applied?.revision === revision, {
    what: 'it is applied',
    ...patience,
  })
}

type Run = { readonly sync: number; readonly askedSync: number; readonly undo: number; readonly askedUndo: number }

/** Seconds of the newest sync and of its rollback. */
async function runOf({ log }: Installation, { id }: Project): Promise<Run> {
  const at = new Map<string, number>()
  for (const { type, recordedAt } of await readStream(log, workflowStream(id))) at.set(type, recordedAt.getTime())
  const between = (from: string, to: string) => ((at.get(to) ?? Number.NaN) - (at.get(from) ?? Number.NaN)) / 1_000
  return {
    sync: between('SyncStarted', 'SyncSucceeded'),
    askedSync: between('SyncRequested', 'SyncSucceeded'),
    undo: between('RollbackStarted', 'RollbackSucceeded'),
    askedUndo: between('RollbackRequested', 'RollbackSucceeded'),
  }
}
