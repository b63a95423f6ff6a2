import type { EventLog } from '@plimsoll/event-log'
import { allShown, type Bodies } from './status-model.ts'

type Kind = 'cluster' | 'repository' | 'workflow'

const few = 50

/** Some ids of what exists, for a message that says which names would have been right; none only if nothing does. */
export async function knownIds(log: EventLog, kind: Kind): Promise<string[]> {
  const known: string[] = []
  let after = ''
  for (;;) {
    const rows = await allShown(log, kind, { after, limit: few })
    // The row of what was deleted stays.
    known.push(...rows.filter(({ body }) => exists(body)).map(({ id }) => id))
    const last = rows.at(-1)
    if (last === undefined || rows.length < few || known.length >= few) return known.slice(0, few)
    after = last.id
  }
}

function exists(body: Bodies[Kind]): boolean {
  return ('workflow' in body ? body.workflow.config : body.config) !== null
}
