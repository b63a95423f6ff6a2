import { retain, trimmable, workflowDecider } from '@plimsoll/domain'
import type { Retained, RetentionPolicy, Trim, WorkflowEvent } from '@plimsoll/domain'
import {
  append,
  dropReferences,
  freedWithout,
  inTransaction,
  readStream,
  standingReferences,
} from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'

export type Trimmed = {
  /** More may go at once. */
  readonly isMore: boolean
  /** When age alone lets more go, in milliseconds since 1970; null: not before something is recorded. */
  readonly lookAgainAt: number | null
}

const eventsAtOnce = 1_000
const referencesAtOnce = 2_000

/**
 * Lets go of what the rule does not keep of one workflow, and records what that was: both or neither, and only if nothing was
 * recorded since it was looked at. The bodies go when the collector comes by. What frees nothing is not recorded.
 *
 * @throws ConcurrencyError when something was recorded meanwhile
 */
export async function trimWorkflow(
  log: EventLog,
  stream: string,
  policy: RetentionPolicy,
  now = Date.now(),
): Promise<Trimmed> {
  const retained = await readRetained(log, stream)
  const trim = trimmable(retained, policy, now)
  if (trim === undefined) return { isMore: false, lookAgainAt: now }
  const { lookAgainAt } = trim
  const references = await standingReferences(log, trim.references, referencesAtOnce)
  if (references.length === 0) return { isMore: false, lookAgainAt }
  const isDone = await inTransaction(log, async (tx) => {
    const freed = await freedWithout(tx, references)
    if (freed.blobs === 0) return false
    const event: WorkflowEvent = {
      type: 'HistoryTrimmed',
      data: { ...boundsOf(trim), ...freed, age_ms: policy.ageMs, count: policy.count },
    }
    const commandId = `retention ${stream} ${retained.version}`
    await append(tx, {
      stream,
      expectedVersion: retained.version,
      events: [workflowDecider.encode(event)],
      cause: { commandId, actor: 'retention' },
    })
    await dropReferences(tx, references)
    return true
  })
  if (isDone) log.hints?.onAppend?.()
  return { isMore: isDone && references.length === referencesAtOnce, lookAgainAt }
}

async function readRetained(log: EventLog, stream: string): Promise<Retained> {
  let retained = retain(undefined, [])
  for (;;) {
    const { version } = retained
    const events = await readStream(log, stream, { afterVersion: version, toVersion: version + eventsAtOnce })
    if (events.length === 0) return retained
    retained = retain(retained, events)
  }
}

function boundsOf({ references, syncsBefore, plansBefore }: Trim) {
  const versions = references.map(({ version }) => version)
  const up_to = versions.reduce((most, version) => Math.max(most, version), 0)
  return { up_to, syncs_before: syncsBefore, plans_before: plansBefore }
}
