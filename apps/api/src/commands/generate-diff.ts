import {
  isEmptyPlan,
  parseJson,
  requestPlan,
  shortDigest,
  storedPlan,
  workflowDecider,
  workflowStream,
  type Plan,
  type Workflow,
  type WorkflowConfig,
  type WorkflowEvent,
} from '@plimsoll/domain'
import { BlobMissingError, foldStream, getBlob, transact, unpark, workOf } from '@plimsoll/event-log'
import type { GenerateDiffRequest } from '@plimsoll/proto'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toPlan } from '../messages/plan-message.ts'
import { workflowOf } from '../queries/workflow-of.ts'
import { knownPlan } from '../queries/asked-plan.ts'
import { invalid, precondition, RefusalError } from '../refusal-error.ts'
import { formatToken } from '../wait/token.ts'
import { untilStream } from '../wait/until-stream.ts'
import { previewRevision } from './preview-revision.ts'
import { refreshSource } from './refresh-source.ts'
import { resolveRevision } from './resolve-revision.ts'

const timeoutMs = 60_000

/** Plans the newest commit, or the revision that is named, against the live cluster; no plan when there is nothing to do. */
export function generateDiff(dependencies: Dependencies) {
  return async (request: GenerateDiffRequest, call: Call) => {
    const { log } = dependencies
    const { config } = await workflowOf(dependencies, request.workflowId)
    if (request.plan !== undefined) return storedDiff(dependencies, config, { ...request, plan: request.plan })
    if (request.revision !== undefined) return diffOf(dependencies, call, config, request.revision, request)
    await refreshSource(dependencies, call, config.repository, request)
    const stream = workflowStream(config.id)
    const asked = await transact(
      log,
      { stream, cause: causeOf(call, request), decider: workflowDecider },
      requestPlan(null),
    )
    await unpark(log, 'plan', stream)
    // Sent again, it may have been answered by now.
    const afterVersion = asked.events.at(-1)?.version ?? asked.version
    const answer = await untilStream(dependencies, call, { stream, afterVersion, timeoutMs, find: planAnswer })
    if (answer === undefined) throw await notPlanned(dependencies, stream)
    const { event, version } = answer
    if (event.type !== 'PlanMade') throw refusalOf(config.id, event)
    const token = formatToken(stream, version)
    if (isEmptyPlan(event.data.summary)) return { token }
    const plan = await readPlan(dependencies, event.data)
    const { state } = await foldStream(log, stream, workflowDecider)
    return { token, plan: toPlan(plan, request), awaitsApproval: awaitsApprovalOf(state, plan) }
  }
}

/** Whether a sync waits until somebody approves a plan that does just this. */
function awaitsApprovalOf({ sync }: Workflow, { digest }: Plan): boolean {
  return sync?.approval?.approved_by === null && sync.approval.plan === digest
}

/** A plan as it was made: the cluster may be another by now. */
async function storedDiff(
  dependencies: Dependencies,
  { id }: WorkflowConfig,
  request: GenerateDiffRequest & { readonly plan: string },
) {
  if (request.revision !== undefined)
    throw invalid([{ field: 'revision', message: 'a plan is of one revision: leave one of the two out' }])
  const { state, version } = await foldStream(dependencies.log, workflowStream(id), workflowDecider)
  const found = await knownPlan(dependencies, id, request.plan)
  const plan = await readPlan(dependencies, found).catch((error: unknown) => {
    if (!(error instanceof BlobMissingError)) throw error
    throw precondition(
      `The plan ${shortDigest(found.digest)} is not kept any more`,
      id,
      'it was dropped from the log’s store since',
      `Make it anew with \`plimsoll diff ${id}\`.`,
    )
  })
  const token = formatToken(workflowStream(id), version)
  return { token, plan: toPlan(plan, request), awaitsApproval: awaitsApprovalOf(state, plan) }
}

async function diffOf(
  dependencies: Dependencies,
  call: Call,
  { id, repository }: WorkflowConfig,
  ref: string,
  request: GenerateDiffRequest,
) {
  const { commandId } = request
  const { revision } = await resolveRevision(dependencies, call, repository, { field: 'revision', ref, commandId })
  const asked = { revision, of: 'plan' } as const
  const { data, version } = await previewRevision(dependencies, call, id, asked, request)
  const token = formatToken(workflowStream(id), version)
  return isEmptyPlan(data.summary) ? { token } : { token, plan: toPlan(await readPlan(dependencies, data), request) }
}

type Answer = Extract<WorkflowEvent, { type: 'PlanMade' | 'PlanFailed' | 'WorkflowDeleted' }>

function planAnswer(stored: Parameters<typeof workflowDecider.decode>[0] & { readonly version: number }) {
  const event = workflowDecider.decode(stored)
  // The plan of a sync may be of another commit.
  const isPreview = (event.type === 'PlanMade' || event.type === 'PlanFailed') && event.data.sync_id === null
  const answers = isPreview || event.type === 'WorkflowDeleted'
  return answers ? { event: event satisfies Answer, version: stored.version } : undefined
}

function refusalOf(id: string, event: Exclude<Answer, { type: 'PlanMade' }>): RefusalError {
  if (event.type === 'WorkflowDeleted')
    return precondition(
      `The workflow ${id} cannot be planned`,
      id,
      'it was deleted meanwhile',
      'Create it again if it is needed.',
    )
  const { faults, message } = event.data
  if (faults.length > 0) return new RefusalError('precondition', faults)
  return precondition(
    `The workflow ${id} cannot be planned`,
    event.data.stage,
    message,
    'Correct it in Git, or look at `plimsoll status`.',
  )
}

async function notPlanned({ log }: Dependencies, stream: string): Promise<RefusalError> {
  const work = await workOf(log, 'plan', stream)
  const because = work?.parked ?? work?.error ?? (work?.claimed ? 'the differ is still at it' : 'no differ took it up')
  return new RefusalError('too-late', [
    {
      what: `No plan within ${timeoutMs / 1_000} s`,
      where: stream,
      because,
      try: 'Check with `plimsoll doctor` that a differ runs and that the cluster answers, then ask again.',
    },
  ])
}

async function readPlan({ log }: Dependencies, { plan }: { readonly plan: string }): Promise<Plan> {
  return storedPlan(parseJson(Buffer.from(await getBlob(log, plan)).toString('utf8')))
}
