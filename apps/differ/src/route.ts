import { workflowStream } from '@plimsoll/domain'
import type { PositionedEvent, Wake } from '@plimsoll/event-log'

/** Facts of a workflow that may ask for a plan. */
const asks: ReadonlySet<string> = new Set([
  'WorkflowCreated',
  'WorkflowChanged',
  'WorkflowDeleted',
  'DecryptionKeyChanged',
  'PlanRequested',
  'PreviewRequested',
  'WorkflowResumed',
  'SyncRequested',
  'SyncApproved',
  'SyncSucceeded',
  'SyncFailed',
  'SyncSuperseded',
  'RollbackSucceeded',
  'RollbackFailed',
  'RevisionReinstated',
])

/** Facts of a workflow after which drift or health may be another than was told, or may be put back. */
const looks: ReadonlySet<string> = new Set([
  'WorkflowChanged',
  'WorkflowResumed',
  'SyncSucceeded',
  'SyncFailed',
  'SyncSuperseded',
  'RollbackSucceeded',
  'RollbackFailed',
  'RevisionReinstated',
])

/** Facts of a cluster that ask for another watch of it, or for none. */
const registrations: ReadonlySet<string> = new Set([
  'ClusterRegistered',
  'ClusterChanged',
  'ClusterCredentialRotated',
  'ClusterRemoved',
])

/** The work of a differ that an event asks for. */
export function route({ stream, type, version }: PositionedEvent): readonly Wake[] {
  // Both concern many workflows; who takes up the stream wakes them.
  if (type === 'AutoSyncStarted' || type === 'ClusterReached') return [{ role: 'plan', stream, version }]
  if (registrations.has(type)) return [{ role: 'cluster', stream, version }]
  if (!stream.startsWith(workflowStream(''))) return []
  const roles = [...(asks.has(type) ? ['plan'] : []), ...(looks.has(type) ? ['drift'] : [])]
  return roles.map((role) => ({ role, stream, version }))
}
