import { findPlan, isRestOf, parseJson, planDrift, shortDigest, storedPlan, workflowDecider } from '@plimsoll/domain'
import type { Fault, Plan, WorkflowConfig } from '@plimsoll/domain'
import { BlobMissingError, getBlob, readStream } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'

/** Why the plan that was agreed to cannot be carried out: it is another one now, or none that could be held on to. */
export async function staleFaults(
  log: EventLog,
  stream: string,
  agreed: string,
  { id, diff_preview: previews }: WorkflowConfig,
  now: Pick<Plan, 'digest' | 'changes' | 'hooks' | 'conflicts'>,
  { isRetry }: { readonly isRetry: boolean },
): Promise<readonly Fault[]> {
  if (!previews)
    return [
      {
        what: 'the sync has no plan to hold on to',
        where: `plan ${shortDigest(agreed)}`,
        because: 'diff_preview is off for the workflow by now: what the apply answers would be its record',
        try: 'set diff_preview, or sync without --plan',
      },
    ]
  if (now.digest === agreed) return []
  const seen = await readPlan(log, stream, agreed)
  // What a try before this one has done is not to be done again.
  if (isRetry && seen !== undefined && isRestOf(seen, { ...now, workflow_id: id })) return []
  return planDrift(seen ?? { ...now, workflow_id: id, digest: agreed }, { ...now, workflow_id: id })
}

/** undefined when the log has it no more. */
async function readPlan(log: EventLog, stream: string, digest: string): Promise<Plan | undefined> {
  const search = findPlan((await readStream(log, stream)).map(workflowDecider.decode), digest)
  if (!('found' in search)) return undefined
  try {
    return storedPlan(parseJson(Buffer.from(await getBlob(log, search.found.plan)).toString('utf8')))
  } catch (error) {
    if (error instanceof BlobMissingError) return undefined
    throw error
  }
}
