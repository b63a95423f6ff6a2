import type { EventLog } from '@plimsoll/event-log'
import { listWorkflowRows } from './workflow-row.ts'

const pageSize = 500

/** Ids of the workflows that are bound to a repository. */
export async function workflowsUsing(log: EventLog, repositoryId: string): Promise<string[]> {
  const users: string[] = []
  for (let after: string | undefined = ''; after !== undefined;) {
    const rows = await listWorkflowRows(log, { after, limit: pageSize })
    for (const { id, row } of rows) if (row.workflow.config?.repository === repositoryId) users.push(id)
    after = rows.length < pageSize ? undefined : rows.at(-1)?.id
  }
  return users
}
