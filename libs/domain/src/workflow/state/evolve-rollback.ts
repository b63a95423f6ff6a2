import { isSameJson } from '../../json/json.ts'
import type { RollbackEvent, Untouched } from '../events/rollback-events.ts'
import type { EndedRollback, NewestSync } from './rollback-state.ts'
import type { EndedSync, OpenSync, Workflow } from './state.ts'

const rejectionsAtMost = 50

/** The newest sync that wrote, or ran a hook, once `ended` has ended; one that changed nothing leaves nothing to undo. */
export function newestSync(
  { newest, applied }: Workflow,
  ended: OpenSync | null,
  { id, revision }: Pick<EndedSync, 'id' | 'revision'>,
): NewestSync | null {
  if (ended?.id !== id || !ended.started || (ended.touched === 0 && ended.hooks.length === 0)) return newest
  const goesOn = newest !== null && !newest.isUndone && isSameJson(newest.before, applied)
  return { id, first: goesOn ? newest.first : id, revision, before: applied, isUndone: false }
}

export function evolveRollback(workflow: Workflow, event: RollbackEvent): Workflow {
  const { type, data } = event
  const { rollback } = workflow
  switch (type) {
    case 'RollbackRequested': {
      const { rollback_id: id, ...asked } = data
      // Further tries would bring back what is undone.
      return {
        ...workflow,
        retry: null,
        rollback: { ...asked, id, started: null, config: null, stalled: null, hooks: [] },
      }
    }
    case 'RollbackPlanRequested': {
      const { rollback_id: id, ...asked } = data
      return { ...workflow, rollbackPreview: { ...asked, id } }
    }
    case 'RollbackPlanned':
      return { ...workflow, rollbackPreview: null }
    case 'RollbackStarted': {
      if (rollback?.id !== data.rollback_id) return workflow
      const { steps, inventory, undoes } = data
      const started = { steps, inventory, undoes }
      return {
        ...voided(workflow),
        inventory,
        rollback: { ...rollback, started, config: rollback.config ?? workflow.config, stalled: null },
      }
    }
    case 'RollbackStalled':
      if (rollback?.id !== data.rollback_id) return workflow
      return { ...workflow, rollback: { ...rollback, stalled: data.message } }
    case 'RollbackSucceeded': {
      const ended = end(workflow, { ...data, status: 'succeeded', faults: [] })
      if (ended === undefined) return workflow
      const { revision, tree, manifest_set: set, paths } = data
      return {
        ...ended,
        inventory: data.inventory,
        applied:
          revision === null || tree === null || set === null ? null : { revision, tree, paths, manifest_set: set },
        newest: workflow.newest && { ...workflow.newest, isUndone: true },
      }
    }
    case 'RollbackFailed':
      return end(workflow, { ...data, status: 'failed' }) ?? workflow
    case 'RevisionRejected': {
      const { revision, objects, reason } = data
      const others = workflow.rejected.filter((known) => known.objects !== objects)
      return { ...workflow, rejected: [...others, { revision, objects, reason }].slice(-rejectionsAtMost) }
    }
    case 'RevisionReinstated':
      return { ...workflow, rejected: [], rollbacksInARow: 0, tried: null }
  }
}

/** What was planned before is about a cluster that is no more. */
function voided(workflow: Workflow): Workflow {
  const { sync } = workflow
  return {
    ...workflow,
    plan: null,
    failure: null,
    sync: sync === null || sync.started ? sync : { ...sync, plan: null },
  }
}

type End = Untouched &
  Pick<EndedRollback, 'status' | 'message' | 'faults' | 'metrics'> & {
    readonly rollback_id: string
    readonly inventory: string | null
  }

function end(workflow: Workflow, { rollback_id: id, inventory, ...ended }: End): Workflow | undefined {
  const { rollback, newest, rollbacksInARow } = workflow
  if (rollback?.id !== id) return undefined
  const { undo_from, revision, trigger, reason } = rollback
  const { status, message, faults, metrics, kept, left } = ended
  return {
    ...voided(workflow),
    rollback: null,
    inventory: inventory ?? workflow.inventory,
    rollbacksInARow: trigger === 'auto' ? rollbacksInARow + 1 : 0,
    undone: {
      id,
      undo_from,
      revision,
      trigger,
      reason,
      status,
      message,
      faults,
      metrics,
      kept,
      left,
      from: newest?.revision ?? null,
    },
  }
}
