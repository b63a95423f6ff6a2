import { repositoryDecider, repositoryStream, workflowDecider, workflowStream } from '@plimsoll/domain'
import type { RepositoryEvent, WorkflowEvent } from '@plimsoll/domain'
import { append, claim, finish, foldStream, wake, type EventLog } from '@plimsoll/event-log'
import { randomUUID } from 'node:crypto'

/** Records what another service would. */
export async function recordWorkflow(log: EventLog, id: string, ...events: readonly WorkflowEvent[]): Promise<number> {
  const stream = workflowStream(id)
  const { version } = await foldStream(log, stream, workflowDecider)
  const cause = { commandId: randomUUID(), actor: 'differ' }
  return (await append(log, { stream, expectedVersion: version, events: events.map(workflowDecider.encode), cause }))
    .version
}

/** Answers a refresh as the poller does: records what it found, and that it is done. */
export async function answerRefresh(log: EventLog, id: string, ...events: readonly RepositoryEvent[]): Promise<void> {
  const stream = repositoryStream(id)
  await wake(log, 'repository', [{ stream }])
  const [claimed] = await claim(log, {
    role: 'repository',
    owner: 'test',
    leaseMs: 10_000,
    limit: 1,
    streams: [stream],
  })
  if (claimed === undefined) throw new Error(`the work on ${stream} cannot be claimed`)
  const { version } = await foldStream(log, stream, repositoryDecider)
  const cause = { commandId: randomUUID(), actor: 'poller' }
  const encoded = events.map(repositoryDecider.encode)
  await finish(log, claimed, {
    done: version + events.length,
    append: encoded.length === 0 ? [] : [{ stream, expectedVersion: version, events: encoded, cause }],
  })
}

export function observed(revision: string): RepositoryEvent {
  const data = {
    revision,
    tree: `t${revision}`,
    message: 'a commit',
    author: 'A',
    committed_at: '2026-11-23T07:00:00Z',
  }
  return { type: 'RevisionObserved', data }
}
