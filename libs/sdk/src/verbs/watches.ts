import { EventSchema, type ReadEventsRequest } from '@plimsoll/proto'
import { plainOf } from '../plain.ts'
import type { Session } from '../session.ts'
import type { Event } from '../shapes/event.ts'
import type { WorkflowStatus } from '../shapes/workflow-status.ts'
import { statusOf } from './workflows.ts'

export type WatchOptions = {
  /** Ends the watch, which throws the signal's reason. So does leaving the loop, without an error. */
  readonly signal?: AbortSignal | undefined
}

export type WorkflowChange = {
  /** Null when the workflow was deleted; the watch ends. */
  readonly workflow: WorkflowStatus | null
  /** Give it as `resume_token` to a later watch: what was seen is not told again. */
  readonly token: string
}

export type EventFilter =
  | { readonly workflow_id?: string | undefined; readonly repository_id?: never; readonly stream?: never }
  | { readonly repository_id: string; readonly workflow_id?: never; readonly stream?: never }
  /** The name of a stream, such as `system`. */
  | { readonly stream: string; readonly workflow_id?: never; readonly repository_id?: never }

export type EventOptions = WatchOptions &
  EventFilter & {
    /** The first position wanted. Default: the beginning. To go on after an event: its position + 1. */
    readonly from_position?: number | undefined
    /** Ends after so many. Default: no limit. */
    readonly limit?: number | undefined
  }

/**
 * Watches go on by themselves, where they were, when the server was away; a server that cannot be reached at the start is a
 * ServerAwayError.
 */
export type WatchVerbs = {
  /** The status of a workflow, then each change of it. Who reads slowly gets the newest status next. @throws NotFoundError */
  readonly watchWorkflow: (
    id: string,
    options?: WatchOptions & { readonly resume_token?: string | undefined },
  ) => AsyncGenerator<WorkflowChange, void, undefined>
  /** The events of the log in their order, up to its end. */
  readonly readEvents: (options?: EventOptions) => AsyncGenerator<Event, void, undefined>
  /** The same, and on with what comes: each event once, none left out. */
  readonly watchEvents: (options?: EventOptions) => AsyncGenerator<Event, void, undefined>
}

export function watchVerbs({ connection, tokenOf }: Session): WatchVerbs {
  const { gitops, events, follow } = connection
  async function* read(options: EventOptions, isFollowed: boolean): AsyncGenerator<Event, void, undefined> {
    const { limit = 0, signal } = options
    let fromPosition = BigInt(options.from_position ?? 0)
    let told = 0
    const items = follow((open) => {
      const fixed = { follow: isFollowed, filter: filterOf(options) }
      return events.readEvents({ ...fixed, fromPosition, limit: limit === 0 ? 0 : limit - told }, open)
    }, signal)
    for await (const { item } of items) {
      if (item.case !== undefined) fromPosition = item.value.position + 1n
      if (item.case !== 'event') continue
      told += 1
      yield plainOf(EventSchema, item.value)
      if (told === limit) return
    }
  }
  return {
    async *watchWorkflow(workflowId, { resume_token = '', signal } = {}) {
      const minToken = tokenOf(`workflow-${workflowId}`)
      let resumeToken = resume_token
      const items = follow((open) => gitops.watchWorkflow({ workflowId, minToken, resumeToken }, open), signal)
      for await (const { workflow, token, deleted } of items) {
        resumeToken = token
        if (workflow !== undefined) yield { workflow: statusOf(workflow), token }
        if (deleted) yield { workflow: null, token }
      }
    },
    readEvents: (options = {}) => read(options, false),
    watchEvents: (options = {}) => read(options, true),
  }
}

function filterOf({ workflow_id: workflow, repository_id: repository, stream }: EventFilter) {
  const none: ReadEventsRequest['filter'] = { case: undefined }
  if (workflow !== undefined) return { case: 'workflowId' as const, value: workflow }
  if (repository !== undefined) return { case: 'repositoryId' as const, value: repository }
  return stream === undefined ? none : { case: 'stream' as const, value: stream }
}
