import { repositoryDecider, repositoryStream, workflowDecider, workflowStream } from '@plimsoll/domain'
import { foldStream, type EventLog } from '@plimsoll/event-log'
import { streamIds } from './streams.ts'

const shown = 20

/** Some ids of what exists, for a message that says which names would have been right. */
export async function knownIds(log: EventLog, kind: 'repository' | 'workflow'): Promise<string[]> {
  const ids = await streamIds(log, kind, { after: '', limit: shown })
  const exists = await Promise.all(
    ids.map(async (id) =>
      kind === 'repository'
        ? (await foldStream(log, repositoryStream(id), repositoryDecider)).state.config !== null
        : (await foldStream(log, workflowStream(id), workflowDecider)).state.config !== null,
    ),
  )
  return ids.filter((_, index) => exists[index])
}
