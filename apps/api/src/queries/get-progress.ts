import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import {
  matchesLabels,
  progressOf,
  workflowStatus,
  workflowStream,
  type EnvironmentProgress,
  type Progress,
  type Standing,
  type Workflow,
  type WorkflowConfig,
  type WorkflowRow,
  type WorkflowStatus,
} from '@plimsoll/domain'
import { pathsOfEach, pickFromRows, readRows, type WatchedPath } from '@plimsoll/event-log'
import type { EnvironmentProgressSchema, GetProgressRequest, WatchProgressRequest } from '@plimsoll/proto'
import { sourceKeyOf } from '@plimsoll/service'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { parkedText } from '../messages/workflow-status-message.ts'
import { parseToken } from '../wait/token.ts'
import { untilShown } from '../wait/until-shown.ts'
import { selectedLabels } from './selected-labels.ts'
import { shown, statusModel } from './status-model.ts'
import { failingWork, type FailingWork } from './work-of-workflow.ts'

/** How far the selected workflows have come, in the order of promotion. */
export function getProgress(dependencies: Dependencies) {
  return async ({ selector, minToken }: GetProgressRequest, call: Call) => {
    await untilShown(dependencies, call, parseToken(minToken, 'min_token'))
    return toMessage(await progressNow(dependencies, selector))
  }
}

/** Not more often than this is it made anew, however much happens. */
const atMostEveryMs = 250
/** What no event tells of, such as work that is set aside, is found by looking. */
const lookAgainMs = 5_000
const bookmarkMs = 5_000

/** The progress first, then each change of it. */
export function watchProgress(dependencies: Dependencies) {
  return async function* ({ selector, minToken }: WatchProgressRequest, call: Call) {
    await untilShown(dependencies, call, parseToken(minToken, 'min_token'))
    using listener = dependencies.changes.listen()
    let sent: string | undefined
    let toldAt = performance.now()
    for (;;) {
      const progress = await progressNow(dependencies, selector)
      const text = JSON.stringify(progress)
      const isNews = text !== sent
      if (isNews || performance.now() - toldAt >= bookmarkMs) {
        yield isNews ? toMessage(progress) : {}
        toldAt = performance.now()
      }
      sent = text
      await listener.next(lookAgainMs, call.signal)
      await pause(atMostEveryMs, call.signal)
    }
  }
}

/** What is read of every workflow; whole rows are read of those that are selected. */
const paths = { labels: ['workflow', 'config', 'labels'], dependsOn: ['workflow', 'config', 'depends_on'] }

async function progressNow({ log }: Pick<Dependencies, 'log'>, text: string): Promise<Progress> {
  const selector = selectedLabels(text)
  const prefix = workflowStream('')
  const [all, system] = await Promise.all([pickFromRows(log, statusModel, { prefix, paths }), shown(log, 'system', '')])
  const dependencies = new Map(
    all.map(({ stream, picked }) => [stream.slice(prefix.length), (picked.dependsOn ?? []) as readonly string[]]),
  )
  const selected = all.flatMap(({ stream, picked: { labels } }) =>
    labels !== null && matchesLabels(selector, labels as WorkflowConfig['labels']) ? [stream] : [],
  )
  const rows = await readRows<WorkflowRow>(log, statusModel, selected)
  const known = rows.flatMap(({ body }) => {
    const status = workflowStatus(body)
    return status !== undefined && matchesLabels(selector, status.config.labels)
      ? [{ workflow: body.workflow, status }]
      : []
  })
  return progressOf(await standingsOf(log, known), {
    autoSync: system?.body.autoSync ?? false,
    dependenciesOf: (id) => dependencies.get(id) ?? [],
  })
}

type Known = { readonly workflow: Workflow; readonly status: WorkflowStatus }

async function standingsOf(log: Dependencies['log'], selected: readonly Known[]): Promise<readonly Standing[]> {
  const repositories = [...new Set(selected.map(({ status }) => status.repository))]
  const [paths, failing, heads] = await Promise.all([
    pathsOfEach(
      log,
      selected.map(({ status }) => workflowStream(status.id)),
    ),
    failingWork(
      log,
      selected.map(({ status }) => status),
    ),
    Promise.all(repositories.map(async (id) => [id, (await shown(log, 'repository', id))?.body.head ?? null] as const)),
  ])
  const headOf = new Map(heads)
  return selected.map(({ workflow, status }) => ({
    workflow,
    status,
    newest: headOf.get(status.repository)?.revision ?? null,
    isNewest: isNewest(workflow, paths.get(workflowStream(status.id)) ?? []),
    parked: parkedOf(status, failing.get(status.id) ?? []),
  }))
}

/** Whether what is applied is what the newest commit has at the paths that were rendered: the poller records both together. */
function isNewest({ applied, plan }: Workflow, paths: readonly WatchedPath[]): boolean {
  if (applied === null) return false
  const newest = sourceKeyOf(paths)
  return applied.tree === newest || (plan?.tree === newest && plan.summary.total_changes === 0)
}

function parkedOf(status: WorkflowStatus, failing: readonly FailingWork[]): string | null {
  const work = failing.find(({ parked }) => parked !== null)
  return work === undefined ? null : parkedText(status, work)
}

function toMessage({ environments, summary }: Progress) {
  return { environments: environments.map(toEnvironment), summary }
}

function toEnvironment(progress: EnvironmentProgress): MessageInitShape<typeof EnvironmentProgressSchema> {
  const { waits_for: wait, after, workflow_id: workflowId, revision, newest, ...rest } = progress
  return {
    ...rest,
    workflowId,
    revision: revision ?? '',
    newest: newest ?? '',
    after: [...after],
    ...(wait !== null && {
      waitsFor: {
        gate: wait.gate,
        who: wait.who,
        message: wait.message,
        plan: wait.plan ?? '',
        ...(wait.until !== null && { until: timestampFromDate(new Date(wait.until)) }),
      },
    }),
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const resume = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', resume)
      resolve()
    }
    const timer = setTimeout(resume, ms)
    signal.addEventListener('abort', resume, { once: true })
  })
}
