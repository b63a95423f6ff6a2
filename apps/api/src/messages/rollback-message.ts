import type { MessageInitShape } from '@bufbuild/protobuf'
import { formatDuration, type Workflow, type WorkflowEvent } from '@plimsoll/domain'
import type { RollbackResultSchema } from '@plimsoll/proto'
import { toRollbackResult } from './workflow-status-message.ts'

type Result = MessageInitShape<typeof RollbackResultSchema>

/** How a rollback ended, if this event is its end; a workflow that is deleted has no rollback any more. */
export function rollbackEnd(
  event: WorkflowEvent,
  id: string,
  { undone, newest }: Partial<Workflow> = {},
): Result | undefined {
  const { type, data } = event
  if (type === 'WorkflowDeleted') return { id, status: 'failed', message: 'the workflow was deleted' }
  if ((type !== 'RollbackSucceeded' && type !== 'RollbackFailed') || data.rollback_id !== id) return undefined
  const { duration_ms: durationMs, ...counts } = data.metrics
  const known = undone?.id === id ? undone : undefined
  return toRollbackResult({
    id,
    status: type === 'RollbackSucceeded' ? 'succeeded' : 'failed',
    trigger: known?.trigger ?? 'manual',
    reason: known?.reason ?? '',
    revision: type === 'RollbackSucceeded' ? data.revision : (known?.revision ?? null),
    from_revision: known?.from ?? newest?.revision ?? null,
    message: data.message,
    faults: type === 'RollbackFailed' ? data.faults : [],
    metrics: { duration: formatDuration(durationMs), ...counts },
    kept: data.kept,
    left: data.left,
  })
}

export function runningRollback({ rollback, newest }: Workflow, id: string): Result {
  const { trigger = 'manual', reason = '', revision = null } = rollback ?? {}
  return {
    id,
    status: 'running',
    trigger,
    reason,
    message: 'Waiting',
    revision: revision ?? '',
    fromRevision: newest?.revision ?? '',
  }
}
