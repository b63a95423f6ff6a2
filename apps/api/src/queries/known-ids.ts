import type { EventLog } from '@plimsoll/event-log'
import { allShown } from './status-model.ts'

const few = 50

/** Some ids of what exists, for a message that says which names would have been right. */
export async function knownIds(log: EventLog, kind: 'cluster' | 'repository' | 'workflow'): Promise<string[]> {
  const rows =
    kind === 'repository' || kind === 'cluster'
      ? (await allShown(log, kind, { after: '', limit: few })).filter(({ body }) => body.config !== null)
      : (await allShown(log, kind, { after: '', limit: few })).filter(({ body }) => body.workflow.config !== null)
  return rows.map(({ id }) => id)
}
