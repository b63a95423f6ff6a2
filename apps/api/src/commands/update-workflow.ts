import type { UpdateWorkflowRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { overlay, requestOf, toWorkflowRequest } from '../messages/workflow-config-message.ts'
import { workflowOf } from '../queries/workflow-of.ts'
import { saveWorkflow } from './create-workflow.ts'
import { keepKeys, readDecryption } from './decryption.ts'

/** Changes what the request says and keeps the rest. */
export function updateWorkflow(dependencies: Dependencies) {
  return async ({ workflow, decryption, ...reason }: UpdateWorkflowRequest, call: Call) => {
    const { config } = await workflowOf(dependencies, workflow?.id ?? '')
    const given = decryption === undefined ? keepKeys : await readDecryption(decryption)
    return saveWorkflow(dependencies, call, overlay(requestOf(config), toWorkflowRequest(workflow)), given, reason)
  }
}
