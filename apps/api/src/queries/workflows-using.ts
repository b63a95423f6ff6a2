import type { EventLog } from '@plimsoll/event-log'
import { allShown } from './status-model.ts'

const most = 1_000

/** Ids of the workflows that name a cluster, also of those that were deleted and still let their objects go there; a thousand at most. */
export async function workflowsIn(log: EventLog, cluster: string): Promise<string[]> {
  const config = { destination: { cluster } }
  const found = await Promise.all(
    [{ config }, { leaving: { config } }].map((workflow) =>
      allShown(log, 'workflow', { after: '', limit: most, filter: { workflow } }),
    ),
  )
  return [...new Set(found.flat().map(({ id }) => id))].toSorted()
}

/** Ids of the workflows that are bound to a repository, a thousand at most. */
export async function workflowsUsing(log: EventLog, repositoryId: string): Promise<string[]> {
  const filter = { workflow: { config: { repository: repositoryId } } }
  const rows = await allShown(log, 'workflow', { after: '', limit: most, filter })
  return rows.map(({ id }) => id)
}
