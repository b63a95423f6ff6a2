import { openInstallation, openProject, operatorOf, startInProcess } from '@plimsoll/e2e'
import type { Project } from '@plimsoll/e2e'
import { workflowStream } from '@plimsoll/domain'
import { readStream } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { freshNamespace, gitHttpServer, testEnvironment, until } from '@plimsoll/harness'
import { bareClient } from './bare-client.ts'
import { median, ratioFigure } from './figure.ts'
import type { Figure } from './figure.ts'
import { asFiles, bareObjects, mixedObjects } from './workload.ts'

/** The first sync of so many objects, against bare server-side applies of the same objects by a minimal client. */
export async function firstSync(count = 1_000, rounds = 3): Promise<readonly Figure[]> {
  const objects = mixedObjects(count)
  using bare = bareClient(testEnvironment('PLIMSOLL_TEST_KUBECONFIG'))
  await using stack = new AsyncDisposableStack()
  const git = stack.use(await gitHttpServer())
  const [applies, dryRuns]: [number[], number[]] = [[], []]
  const ours: Timing[] = []
  for (let round = 0; round < rounds; round++) {
    const namespace = await freshNamespace()
    dryRuns.push(await bare.applyAll(bareObjects(objects, namespace), true))
    applies.push(await bare.applyAll(bareObjects(objects, namespace), false))
    await using installation = await openInstallation()
    await using _ = await startInProcess(installation)
    const project = await openProject(installation, {
      git,
      files: asFiles(objects),
      target_path: 'app',
      auto_sync: false,
      // The bare loop does not wait for the controllers either.
      sync_policy: { health_check: { enabled: false } },
    })
    await project.untilEvent('PlanMade')
    const syncId = await operatorOf(installation).requestSync(project.id)
    ours.push(await timingOf(installation.log, project, syncId))
  }
  const n = objects.length
  const suffix = n === 1_000 ? '' : `-${n}`
  const [apply, dryRun] = [median(applies), median(dryRuns)]
  const [sync, whole] = [
    median(ours.map(({ sync: seconds }) => seconds)),
    median(ours.map(({ whole: seconds }) => seconds)),
  ]
  return [
    ratioFigure({
      name: `first-sync${suffix}`,
      value: sync,
      unit: 's',
      limit: apply,
      ratio: apply / sync,
      aim: 0.8,
      n,
      clock: 'SyncStarted to SyncSucceeded, against bare applies',
    }),
    ratioFigure({
      name: `first-sync-from-request${suffix}`,
      value: whole,
      unit: 's',
      limit: apply + dryRun,
      ratio: (apply + dryRun) / whole,
      aim: 0.8,
      n,
      clock: 'SyncRequested to SyncSucceeded, against bare dry runs and bare applies',
      parts: { plan: whole - sync, sync },
    }),
  ]
}

type Timing = { readonly sync: number; readonly whole: number }

async function timingOf(log: EventLog, { id }: Project, syncId: string): Promise<Timing> {
  return until(
    async () => {
      const at = new Map<string, number>()
      for (const { type, data, recordedAt } of await readStream(log, workflowStream(id)))
        if ((data as { sync_id?: string }).sync_id === syncId) at.set(type, recordedAt.getTime())
      const [asked, began, ended] = ['SyncRequested', 'SyncStarted', 'SyncSucceeded'].map((type) => at.get(type))
      if (at.has('SyncFailed')) throw new Error(`the sync ${syncId} failed`)
      return ended === undefined || began === undefined || asked === undefined
        ? undefined
        : { sync: (ended - began) / 1_000, whole: (ended - asked) / 1_000 }
    },
    { what: 'the first sync ends', timeoutMs: 600_000 },
  )
}
