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
  type WorkflowRow,
  type WorkflowStatus,
} from '@plimsoll/domain'
import { pathsOfEach, type WatchedPath } from '@plimsoll/event-log'
import type { EnvironmentProgressSchema, GetProgressRequest, WatchProgressRequest } from '@plimsoll/proto'
import { sourceKeyOf } from '@plimsoll/service'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { parkedText } from '../messages/workflow-status-message.ts'
import { parseToken } from '../wait/token.ts'
import { untilShown } from '../wait/until-shown.ts'
import { selectedLabels } from './selected-labels.ts'
import { allShown, shown } from './status-model.ts'
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

async function progressNow({ log }: Pick<Dependencies, 'log'>, text: string): Promise<Progress> {
  const selector = selectedLabels(text)
  const [rows, system] = await Promise.all([allWorkflows(log), shown(log, 'system', '')])
  const known = rows.flatMap((row) => {
    const status = workflowStatus(row)
    return status === undefined ? [] : [{ workflow: row.workflow, status }]
  })
  const dependencies = new Map(known.map(({ status }) => [status.id, status.config.depends_on]))
  const selected = known.filter(({ status }) => matchesLabels(selector, status.config.labels))
  return progressOf(await standingsOf(log, selected), {
    autoSync: system?.body.autoSync ?? false,
    dependenciesOf: (id) => dependencies.get(id) ?? [],
  })
}

async function allWorkflows(log: Dependencies['log']): Promise<readonly WorkflowRow[]> {
  const all: WorkflowRow[] = []
  const limit = 1_000
  for (let after = ''; ;) {
    const rows = await allShown(log, 'workflow', { after, limit })
    all.push(...rows.map(({ body }) => body))
    const last = rows.at(-1)?.id
    if (last === undefined || rows.length < limit) return all
    after = last
  }
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
