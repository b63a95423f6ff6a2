import { workflowStream } from '@plimsoll/domain'
import type { RetentionPolicy } from '@plimsoll/domain'
import { ConcurrencyError, streamVersions, type EventLog } from '@plimsoll/event-log'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Part } from './health.ts'
import { trimWorkflow } from './trim-workflow.ts'

export type RetentionParts = Pick<Part, 'report'> & {
  readonly log: EventLog
  readonly leads: () => boolean
  readonly signal: AbortSignal
  /** Undefined: nothing is ever dropped. */
  readonly policy: RetentionPolicy | undefined
  /** Default ten minutes. */
  readonly everyMs?: number
}

/** A workflow is looked at again at most once in so long: each look reads its stream. */
const restMs = 86_400_000
const streamsAtOnce = 500
/** One stream that cannot be read does not keep the others from their turn; when so many cannot, it is the log that is away. */
const failuresAtMost = 10

type Look = { readonly version: number; readonly restsUntil: number; readonly lookAgainAt: number | null }

/**
 * Lets old plans, manifests, backups and inventories go, by the operator's rule. While nothing is recorded and nothing gets too
 * old, it asks for the versions of the streams, and for nothing else.
 */
export async function runRetention(parts: RetentionParts): Promise<void> {
  const { policy, leads, signal, report, everyMs = 600_000 } = parts
  if (policy === undefined) return
  const looks = new Map<string, Look>()
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => {})
    if (signal.aborted || !leads()) continue
    try {
      await lookAtAll(parts, policy, looks)
      report(null)
    } catch (error) {
      if (!signal.aborted) report(error)
    }
  }
}

async function lookAtAll(
  { log, leads, signal }: RetentionParts,
  policy: RetentionPolicy,
  looks: Map<string, Look>,
): Promise<void> {
  const failures: unknown[] = []
  let after = ''
  for (;;) {
    const page = await streamVersions(log, { prefix: workflowStream(''), after, limit: streamsAtOnce })
    for (const { id, version } of page) {
      if (signal.aborted || !leads()) return
      if (!isDue(looks.get(id), version, Date.now())) continue
      await lookAt(log, id, version, policy, looks).catch((error: unknown) => failures.push(error))
      if (failures.length >= failuresAtMost) throw failures[0]
    }
    after = page.at(-1)?.id ?? ''
    if (page.length < streamsAtOnce) break
  }
  if (failures.length > 0) throw failures[0]
}

function isDue(look: Look | undefined, version: number, now: number): boolean {
  if (look === undefined) return true
  if (now < look.restsUntil) return false
  return version !== look.version || (look.lookAgainAt !== null && look.lookAgainAt <= now)
}

async function lookAt(
  log: EventLog,
  stream: string,
  version: number,
  policy: RetentionPolicy,
  looks: Map<string, Look>,
): Promise<void> {
  try {
    for (;;) {
      const { isMore, lookAgainAt } = await trimWorkflow(log, stream, policy)
      looks.set(stream, { version, restsUntil: Date.now() + Math.min(restMs, policy.ageMs), lookAgainAt })
      if (!isMore) return
    }
  } catch (error) {
    // Somebody works on it just now: there is a next time.
    if (!(error instanceof ConcurrencyError)) throw error
  }
}
