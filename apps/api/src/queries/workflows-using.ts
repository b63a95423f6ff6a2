import type { EventLog } from '@plimsoll/event-log'
import { allShown } from './status-model.ts'

const most = 1_000

/** Ids of the workflows that are bound to a repository, a thousand at most. */
export async function workflowsUsing(log: EventLog, repositoryId: string): Promise<string[]> {
  const filter = { workflow: { config: { repository: repositoryId } } }
  const rows = await allShown(log, 'workflow', { after: '', limit: most, filter })
  return rows.map(({ id }) => id)
}
