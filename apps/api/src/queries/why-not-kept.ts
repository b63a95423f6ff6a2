import { historyFold, trimmedText, workflowStream } from '@plimsoll/domain'
import { foldStream } from '@plimsoll/event-log'
import type { Dependencies } from '../dependencies.ts'

/** Why a body that an event of a workflow names is not there any more. */
export async function whyNotKept({ log }: Pick<Dependencies, 'log'>, id: string): Promise<string> {
  const { state } = await foldStream(log, workflowStream(id), historyFold)
  return state.trimmed === null ? 'they were removed from the log’s store since' : trimmedText(state.trimmed)
}
