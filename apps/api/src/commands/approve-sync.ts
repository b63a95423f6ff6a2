import {
  approvalRefusal,
  approveSync as decideApproval,
  refuseSync as decideRefusal,
  shortDigest,
} from '@plimsoll/domain'
import type { ApprovalRefusal, Workflow } from '@plimsoll/domain'
import type { ApproveSyncRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { precondition, type RefusalError } from '../refusal-error.ts'
import { recordOnWorkflow, type OnWorkflow } from './record-on-workflow.ts'

/** Approves the plan that a sync waits with. It is made again before the sync begins, and has to be the same. */
export function approveSync(dependencies: Dependencies) {
  return (request: ApproveSyncRequest, call: Call) =>
    recordOnWorkflow(dependencies, call, request, (workflow) => {
      const refusal = approvalRefusal(workflow, request.plan, call.actor)
      if (refusal !== undefined) throw refused(refusal, workflow, request.workflowId)
      return decideApproval(request.plan, call.actor, request.reason ?? '')(workflow)
    })
}

/** Ends the sync that waits for approval. */
export function refuseSync(dependencies: Dependencies) {
  return (request: OnWorkflow, call: Call) =>
    recordOnWorkflow(dependencies, call, request, (workflow) => {
      const events = decideRefusal(call.actor, request.reason ?? '')(workflow)
      if (events.length === 0) throw refused('nothing-waits', workflow, request.workflowId)
      return events
    })
}

function refused(refusal: ApprovalRefusal, { sync }: Workflow, id: string): RefusalError {
  const where = `workflow ${id}`
  switch (refusal) {
    case 'nothing-waits':
      return precondition(
        'There is nothing to approve',
        where,
        'no sync of it waits for approval',
        `Look at it with \`plimsoll status ${id}\`.`,
      )
    case 'another-plan':
      return precondition(
        'The plan is not the one that waits',
        where,
        `the sync waits with plan ${shortDigest(sync?.approval?.plan ?? '')}`,
        `Look at it with \`plimsoll diff ${id}\`, then approve that digest, or eight of its digits at least.`,
      )
    case 'own-request':
      return precondition(
        'Nobody approves what they have asked for',
        where,
        `${sync?.by ?? ''} asked for this sync`,
        `Let somebody else approve it, or set approval.allow_requester (\`plimsoll workflow update ${id} -f FILE\`).`,
      )
  }
}
