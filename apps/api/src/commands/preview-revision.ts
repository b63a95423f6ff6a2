import { requestPreview, workflowDecider, workflowStream, type PreviewOf, type WorkflowEvent } from '@plimsoll/domain'
import { transact, unpark, workOf, type StoredEvent } from '@plimsoll/event-log'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { precondition, RefusalError } from '../refusal-error.ts'
import { untilStream } from '../wait/until-stream.ts'
import { partOf, tooMany } from './resolve-revision.ts'

const timeoutMs = 120_000

type Made<Of extends PreviewOf> = Extract<
  WorkflowEvent,
  { type: Of extends 'plan' ? 'PreviewMade' : 'RevisionRendered' }
>
type Answer = Extract<WorkflowEvent, { type: 'PreviewMade' | 'RevisionRendered' | 'PreviewFailed' | 'WorkflowDeleted' }>

/**
 * Has a revision planned, or only rendered, whatever the branch's head is; nothing is synced because of it.
 * @throws RefusalError for what is wrong in it, or when nobody answers within two minutes
 */
export async function previewRevision<Of extends PreviewOf>(
  dependencies: Dependencies,
  call: Call,
  workflowId: string,
  { revision, of }: { readonly revision: string; readonly of: Of },
  request: { readonly commandId?: string | undefined; readonly reason?: string | undefined },
): Promise<{ readonly data: Made<Of>['data']; readonly version: number }> {
  const { log } = dependencies
  const stream = workflowStream(workflowId)
  const commandId = request.commandId && partOf(request.commandId, `${of} ${revision}`)
  const { version, events, state } = await transact(
    log,
    { stream, cause: causeOf(call, { ...request, commandId }), decider: workflowDecider },
    requestPreview(revision, of),
  )
  const isAsked = state.previews.some((asked) => asked.revision === revision && asked.of === of)
  if (events.length === 0 && !isAsked) throw tooMany(stream, 'previews are asked for')
  await unpark(log, 'plan', stream)
  const afterVersion = events.at(-1)?.version ?? version
  const find = (stored: StoredEvent) => answerTo(workflowDecider.decode(stored), revision, of, stored.version)
  const answer = await untilStream(dependencies, call, { stream, afterVersion, timeoutMs, find })
  if (answer === undefined) throw await notPreviewed(dependencies, stream)
  const { event } = answer
  if (event.type === 'PreviewFailed') throw new RefusalError('precondition', event.data.faults)
  if (event.type === 'WorkflowDeleted')
    throw precondition(
      `The workflow ${workflowId} cannot be previewed`,
      workflowId,
      'it was deleted meanwhile',
      'Create it again if it is needed.',
    )
  return { data: event.data as Made<Of>['data'], version: answer.version }
}

function answerTo(
  event: WorkflowEvent,
  revision: string,
  of: PreviewOf,
  version: number,
): { readonly event: Answer; readonly version: number } | undefined {
  switch (event.type) {
    case 'WorkflowDeleted':
      return { event, version }
    case 'PreviewFailed':
      return event.data.revision === revision && event.data.of === of ? { event, version } : undefined
    case 'PreviewMade':
      return event.data.revision === revision && of === 'plan' ? { event, version } : undefined
    case 'RevisionRendered':
      return event.data.revision === revision && of === 'render' ? { event, version } : undefined
    default:
      return undefined
  }
}

async function notPreviewed({ log }: Dependencies, stream: string): Promise<RefusalError> {
  const work = await workOf(log, 'plan', stream)
  const because = work?.parked ?? work?.error ?? (work?.claimed ? 'the differ is still at it' : 'no differ took it up')
  return new RefusalError('too-late', [
    {
      what: `No preview within ${timeoutMs / 1_000} s`,
      where: stream,
      because,
      try: 'Check with `plimsoll doctor` that a poller and a differ run, then ask again.',
    },
  ])
}
