import { reinstateRevision as decideReinstatement } from '@plimsoll/domain'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { recordOnWorkflow, type OnWorkflow } from './record-on-workflow.ts'

/** A person lifts what rollbacks have rejected. */
export function reinstateRevision(dependencies: Dependencies) {
  return (request: OnWorkflow, call: Call) =>
    recordOnWorkflow(dependencies, call, request, (workflow) => [...decideReinstatement(workflow)])
}
