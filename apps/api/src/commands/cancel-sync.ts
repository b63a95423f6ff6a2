import { cancelSync as decideCancellation } from '@plimsoll/domain'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { recordOnWorkflow, type OnWorkflow } from './record-on-workflow.ts'

/** Ends a sync that waits; one that writes stops before its next object. Without a sync there is nothing to do. */
export function cancelSync(dependencies: Dependencies) {
  return (request: OnWorkflow, call: Call) =>
    recordOnWorkflow(dependencies, call, request, decideCancellation(call.actor, request.reason ?? ''))
}
