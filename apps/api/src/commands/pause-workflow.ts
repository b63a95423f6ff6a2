import { pauseWorkflow as decidePause, resumeWorkflow as decideResumption } from '@plimsoll/domain'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { recordOnWorkflow, type OnWorkflow } from './record-on-workflow.ts'

export function pauseWorkflow(dependencies: Dependencies) {
  return (request: OnWorkflow, call: Call) =>
    recordOnWorkflow(dependencies, call, request, decidePause(call.actor, request.reason ?? ''))
}

export function resumeWorkflow(dependencies: Dependencies) {
  return (request: OnWorkflow, call: Call) =>
    recordOnWorkflow(dependencies, call, request, decideResumption(call.actor))
}
