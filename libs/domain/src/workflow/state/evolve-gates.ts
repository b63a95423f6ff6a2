import type { GateEvent } from '../events/gate-events.ts'
import type { OpenSync, Workflow } from './state.ts'

export function evolveGates(workflow: Workflow, event: GateEvent): Workflow {
  const { type, data } = event
  switch (type) {
    case 'WorkflowPaused':
      return { ...workflow, paused: data }
    case 'WorkflowResumed':
      return { ...workflow, paused: null }
    case 'SyncHeld':
      return onSync(workflow, data.sync_id, (sync) => ({ ...sync, held: { gate: data.gate, message: data.message } }))
    case 'ApprovalRequested': {
      const { plan, expires_at, reason } = data
      return onSync(workflow, data.sync_id, (sync) => ({
        ...sync,
        held: null,
        approval: { plan, expires_at, reason, approved_by: null },
      }))
    }
    case 'SyncApproved':
      return onSync(workflow, data.sync_id, approved(data.plan, data.by))
    case 'SyncRefused':
    case 'WorkflowUnparked':
      return workflow
    case 'CancelRequested':
      if (workflow.retry?.next_sync_id === data.sync_id && workflow.sync === null) return { ...workflow, retry: null }
      return onSync(workflow, data.sync_id, (sync) => ({ ...sync, cancelled: { by: data.by, reason: data.reason } }))
  }
}

/** Time has passed since the plan was made: it is made again, and must come to the same. */
function approved(plan: string, by: string) {
  return (sync: OpenSync): OpenSync =>
    sync.approval === null
      ? sync
      : {
          ...sync,
          revision: sync.plan?.revision ?? sync.revision,
          exactly: plan,
          plan: null,
          approval: { ...sync.approval, approved_by: by },
        }
}

function onSync(workflow: Workflow, id: string, change: (sync: OpenSync) => OpenSync): Workflow {
  return workflow.sync?.id === id ? { ...workflow, sync: change(workflow.sync) } : workflow
}
