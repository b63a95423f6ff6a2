import { repositoryStream, workflowStream } from '@plimsoll/domain'
import { workOf, type EventLog, type Work } from '@plimsoll/event-log'

/** The rows of work that a workflow's progress hangs on. */
export async function workOfWorkflow(log: EventLog, id: string, repository: string): Promise<Work[]> {
  const rows = await Promise.all([
    workOf(log, 'repository', repositoryStream(repository)),
    workOf(log, 'plan', workflowStream(id)),
    workOf(log, 'write', workflowStream(id)),
  ])
  return rows.filter((row) => row !== undefined)
}
