import { workflowDecider } from '../src/deciders.ts'
import type { ObjectRef } from '../src/object/object-ref.ts'
import { given } from '../src/testing.ts'
import { driftedObject, observeDrift, requestHeal } from '../src/workflow/decisions/drift-decisions.ts'
import type { DriftedObject } from '../src/workflow/events/drift-events.ts'
import type { WorkflowEvent } from '../src/workflow/events/events.ts'
import { workflowConfig } from '../src/workflow/settings/config.ts'
import type { WorkflowRequest } from '../src/workflow/settings/config.ts'
import type { Workflow } from '../src/workflow/state/state.ts'
import { workflowStatus } from '../src/workflow/status/status.ts'
import { workflowSamples as sample } from './samples.ts'

export const start = Date.UTC(2026, 10, 23, 7)
export const at = (ms: number) => new Date(start + ms)
export const iso = (ms: number) => at(ms).toISOString()
export const inventory = sample.SyncSucceeded.data.inventory

export function created(request: Partial<WorkflowRequest> = {}): WorkflowEvent {
  const checked = workflowConfig({ id: 'shop', repository: 'shop-repo', ...request })
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  return { type: 'WorkflowCreated', data: checked.value }
}

export const healing = created({ sync_policy: { self_heal: true } })
export const { revision, tree, paths, manifest_set } = sample.SyncSucceeded.data
export const plan = { ...sample.PlanMade.data, revision, tree, paths, manifest_set }
export const asked = (id: string, trigger: 'manual' | 'auto' | 'heal' = 'auto'): WorkflowEvent => ({
  type: 'SyncRequested',
  data: { ...sample.SyncRequested.data, sync_id: id, trigger, revision, plan: null },
})
export const planned = (id: string): WorkflowEvent => ({ type: 'PlanMade', data: { ...plan, sync_id: id } })
export const started = (id: string): WorkflowEvent => ({
  type: 'SyncStarted',
  data: { ...sample.SyncStarted.data, sync_id: id, inventory },
})
export const succeeded = (id: string, healthy = true): WorkflowEvent => ({
  type: 'SyncSucceeded',
  data: { ...sample.SyncSucceeded.data, sync_id: id, healthy },
})
export const failed = (id: string): WorkflowEvent => ({
  type: 'SyncFailed',
  data: { ...sample.SyncFailed.data, sync_id: id, stage: 'apply', inventory: null },
})
export const sync = (id: string, trigger: 'manual' | 'auto' | 'heal' = 'auto') => [
  asked(id, trigger),
  planned(id),
  started(id),
  succeeded(id),
]

export const web: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }
export const app: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'app' }
export const edited = driftedObject(web, {
  what: 'modified',
  fields: ['spec.replicas'],
  manager: 'kubectl-edit',
  time: iso(-1_000),
})
export const deleted = driftedObject(app, { what: 'deleted' })

export const seen = (objects: readonly DriftedObject[], calmMs = 900_000) => ({ inventory, objects, calmMs })
export const look = (ms = 0, autoSync = true) => ({ now: at(ms), autoSync })
export const found = (objects: readonly DriftedObject[], ms = 0, autoSync = true) =>
  observeDrift(seen(objects), look(ms, autoSync))

/** Lets services do what they do, from one instant to the next. */
export function play(
  events: readonly WorkflowEvent[],
  ...moves: readonly ((workflow: Workflow) => readonly WorkflowEvent[])[]
) {
  return moves.reduce<readonly WorkflowEvent[]>(
    (all, move) => [...all, ...given(workflowDecider, ...all).when(move)],
    events,
  )
}
export const stateOf = (events: readonly WorkflowEvent[]) => given(workflowDecider, ...events).state
export const statusOf = (events: readonly WorkflowEvent[]) =>
  workflowStatus({ workflow: stateOf(events), startTime: null, endTime: null })
export const last = (events: readonly WorkflowEvent[]) => events.at(-1)

/** Drift at this instant, put back at once. */
export const healedAt = (ms: number, id: string, objects = [edited]) => [
  found(objects, ms),
  requestHeal(id, plan, look(ms + 400_000)),
  () => [started(id), succeeded(id)],
  found([], ms + 500),
]
