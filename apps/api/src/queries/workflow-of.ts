import { isId, workflowDecider, workflowStream, type Workflow, type WorkflowConfig } from '@plimsoll/domain'
import { foldStream, type EventLog } from '@plimsoll/event-log'
import type { Dependencies } from '../dependencies.ts'
import { notFound, type RefusalError } from '../refusal-error.ts'
import { knownIds } from './known-ids.ts'

/** A workflow as its stream has it now. @throws RefusalError when there is none of that id */
export async function workflowOf(
  { log }: Pick<Dependencies, 'log'>,
  id: string,
): Promise<{ readonly config: WorkflowConfig; readonly state: Workflow; readonly version: number }> {
  const { state, version } = isId(id)
    ? await foldStream(log, workflowStream(id), workflowDecider)
    : { state: undefined, version: 0 }
  if (state?.config) return { config: state.config, state, version }
  throw await noWorkflow(log, id)
}

export async function noWorkflow(log: EventLog, id: string): Promise<RefusalError> {
  const known = await knownIds(log, 'workflow')
  return notFound(
    `There is no workflow ${JSON.stringify(id.slice(0, 100))}`,
    known.length === 0 ? 'none was created' : `there are ${known.join(', ')}`,
    'Create it with `plimsoll workflow create`, or name one of these.',
  )
}
