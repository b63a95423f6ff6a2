import {
  findPlan,
  repositoryCodec,
  repositoryStream,
  shortDigest,
  workflowDecider,
  workflowStream,
  type FoundPlan,
  type WorkflowConfig,
} from '@plimsoll/domain'
import { readStream } from '@plimsoll/event-log'
import type { Dependencies } from '../dependencies.ts'
import { invalid, notFound, precondition } from '../refusal-error.ts'

/**
 * The plan that a sync is to carry out, by its digest or the beginning of it.
 * @throws RefusalError when there is none, or none that may be synced
 */
export async function askedPlan(
  { log }: Pick<Dependencies, 'log'>,
  config: WorkflowConfig,
  text: string,
): Promise<FoundPlan> {
  const { id, repository } = config
  if (!config.diff_preview)
    throw precondition(
      `The workflow ${id} is not synced by a plan`,
      'diff_preview = false',
      'its syncs have no plan to hold on to: what the apply answers is their record',
      `Set diff_preview with \`plimsoll workflow update ${id} --diff-preview\`, or sync without --plan.`,
    )
  const found = await knownPlan({ log }, id, text)
  const observed = (await readStream(log, repositoryStream(repository))).map(repositoryCodec.decode)
  const { revision } = found
  if (observed.some(({ type, data }) => type === 'RevisionObserved' && data.revision === revision)) return found
  throw precondition(
    `The plan ${shortDigest(found.digest)} is not synced`,
    `revision ${revision.slice(0, 12)}`,
    `that commit was never the head of the branch that ${repository} is read from: its plan is a preview`,
    'Merge it first, or bind the workflow to a repository entry with that branch.',
  )
}

/** A plan that the log tells of. @throws RefusalError when there is none, or more than one */
export async function knownPlan({ log }: Pick<Dependencies, 'log'>, id: string, text: string): Promise<FoundPlan> {
  const search = findPlan((await readStream(log, workflowStream(id))).map(workflowDecider.decode), text)
  if ('problem' in search) throw notOne(id, text, search)
  return search.found
}

function notOne(id: string, text: string, search: Exclude<ReturnType<typeof findPlan>, { found: FoundPlan }>): Error {
  const shown = JSON.stringify(text.slice(0, 80))
  switch (search.problem) {
    case 'malformed':
      return invalid([
        { field: 'plan', message: `${shown} is no digest of a plan: give eight of its digits at least, or all of it` },
      ])
    case 'unknown':
      return notFound(
        `There is no plan ${shown} of the workflow ${id}`,
        'its log tells of none with that digest',
        `Make one with \`plimsoll diff ${id}\`, which says what to type.`,
      )
    case 'ambiguous':
      return invalid([
        {
          field: 'plan',
          message: `${shown} may be ${search.digests.slice(0, 5).join(' or ')}: give more of its digits`,
        },
      ])
  }
}
