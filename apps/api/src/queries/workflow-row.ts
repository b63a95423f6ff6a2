import {
  evolveWorkflowRow,
  initialWorkflowRow,
  workflowDecider,
  workflowStream,
  type WorkflowRow,
} from '@plimsoll/domain'
import { readStream, type EventLog } from '@plimsoll/event-log'
import { streamIds } from './streams.ts'

export type StoredRow = { readonly id: string; readonly row: WorkflowRow; readonly version: number }

export async function readWorkflowRow(log: EventLog, id: string): Promise<StoredRow | undefined> {
  const events = await readStream(log, workflowStream(id))
  const row = events.reduce(
    (folded, event) => evolveWorkflowRow(folded, workflowDecider.decode(event), event.recordedAt.toISOString()),
    initialWorkflowRow,
  )
  const version = events.at(-1)?.version
  return version === undefined ? undefined : { id, row, version }
}

export async function listWorkflowRows(
  log: EventLog,
  page: { readonly after: string; readonly limit: number },
): Promise<StoredRow[]> {
  const ids = await streamIds(log, 'workflow', page)
  const rows = await Promise.all(ids.map((id) => readWorkflowRow(log, id)))
  return rows.filter((row) => row !== undefined)
}
