import fc from 'fast-check'
import { workflowConfig } from '../src/workflow/settings/config.ts'
import type { WorkflowConfig } from '../src/workflow/settings/config.ts'
import {
  createWorkflow,
  deleteWorkflow,
  nextPlanning,
  nextWriting,
  requestPlan,
  requestSync,
  stallSync,
  withdrawSync,
} from '../src/workflow/decisions/decisions.ts'
import { driftedObject, observeDrift, observeHealth, requestHeal } from '../src/workflow/decisions/drift-decisions.ts'
import type { WorkflowEvent } from '../src/workflow/events/events.ts'
import {
  endSync,
  previewRollback,
  reinstateRevision,
  rejectionOf,
  requestRollback,
  stallRollback,
  syncsItself,
} from '../src/workflow/decisions/rollback-decisions.ts'
import { supersede } from '../src/workflow/decisions/supersede.ts'
import { requestRetry } from '../src/workflow/decisions/retry-decisions.ts'
import type { OpenRollback } from '../src/workflow/state/rollback-state.ts'
import type { Workflow } from '../src/workflow/state/state.ts'
import { workflowSamples as sample } from './samples.ts'

export type Decision = (workflow: Workflow) => readonly WorkflowEvent[]
export type Move = { readonly name: string; readonly decide: Decision }

/** What Git and the system say when a service looks, and how what it does turns out. */
export type World = {
  /** Of the target path, which is also its commit here; null when the path is missing. */
  readonly tree: string | null
  readonly autoSync: boolean
  readonly outcome: 'well' | 'badly'
}

const trees = ['t1', 't2']
const syncIds = ['s1', 's2', 's3']

export const configs: readonly WorkflowConfig[] = [
  { auto_sync: true },
  { auto_sync: false },
  { target_path: 'k8s' },
  { auto_sync: true, rollback_on_failure: true },
  { auto_sync: false, sync_policy: { self_heal: true } },
].map((request) => {
  const checked = workflowConfig({ id: 'shop', repository: 'shop-repo', ...request })
  if (!checked.ok) throw new Error('the configuration of a test must be sound')
  return checked.value
})

const anyConfig = fc.constantFrom(...configs)
const anyTree = fc.option(fc.constantFrom(...trees))
const anySyncId = fc.constantFrom(...syncIds)
const anyRollbackId = fc.constantFrom('r1', 'r2')
export const anyWorld: fc.Arbitrary<World> = fc.record({
  tree: anyTree,
  autoSync: fc.boolean(),
  outcome: fc.constantFrom('well', 'badly'),
})

/** Every decision that, decided again on its own result, records nothing. */
export const anyDecision: fc.Arbitrary<Move> = fc.oneof(
  anyConfig.map((config) => ({
    name: `create ${config.target_path} ${config.auto_sync}`,
    decide: createWorkflow(config),
  })),
  fc.boolean().map((cascade) => ({ name: `delete ${cascade}`, decide: deleteWorkflow(cascade) })),
  fc
    .tuple(anySyncId, fc.constantFrom('manual', 'auto'), anyTree)
    .map(([id, trigger, tree]) => ({ name: `sync ${id} ${trigger} ${tree}`, decide: requestSync(id, trigger, tree) })),
  anySyncId.map((id) => ({ name: `withdraw ${id}`, decide: withdrawSync(id, 'stop_auto_sync') })),
  fc
    .tuple(anySyncId, fc.constantFrom('no answer', 'refused'))
    .map(([id, why]) => ({ name: `stall ${id}`, decide: stallSync(id, why) })),
  fc.tuple(anyRollbackId, fc.boolean()).map(([id, force]) => ({
    name: `roll back ${id}`,
    decide: requestRollback({ id, reason: 'it is slow', force }),
  })),
  anyRollbackId.map((id) => ({ name: `preview ${id}`, decide: previewRollback({ id, force: false }) })),
  anyRollbackId.map((id) => ({ name: `stall ${id}`, decide: stallRollback(id, 'no answer') })),
  fc.constant({ name: 'reinstate', decide: reinstateRevision }),
  fc
    .record({ drifted: fc.subarray(['a', 'b', 'c']), autoSync: fc.boolean(), now: fc.constantFrom(0, 3_000, 900_000) })
    .map((look) => ({ name: `look ${JSON.stringify(look)}`, decide: lookForDrift(look) })),
  fc.record({ autoSync: fc.boolean(), now: fc.constantFrom(0, 3_000, 900_000) }).map((look) => ({
    name: `heal ${JSON.stringify(look)}`,
    decide: heal(look),
  })),
  fc.subarray(['a', 'b']).map((unwell) => ({ name: `unwell ${unwell.join()}`, decide: lookForHealth(unwell) })),
)

/** Whatever a person or a service may do next. */
const anyMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: anyDecision },
  { weight: 1, arbitrary: anyTree.map((tree) => ({ name: `preview ${tree}`, decide: requestPlan(tree) })) },
  {
    weight: 3,
    arbitrary: anyWorld.map((world) => ({ name: `differ ${JSON.stringify(world)}`, decide: differ(world) })),
  },
  { weight: 3, arbitrary: anyWorld.map((world) => ({ name: `syncer ${world.outcome}`, decide: syncer(world) })) },
)

/** A history that services and people can write: most begin with a workflow, as nothing else does anything. */
export const anyMoves: fc.Arbitrary<readonly Move[]> = fc
  .tuple(fc.constantFrom(...configs), fc.array(anyMove, { maxLength: 25 }))
  .map(([config, moves]) => [{ name: 'create', decide: createWorkflow(config) }, ...moves])

type LookedAt = { readonly now: number; readonly autoSync: boolean }
const instant = (ms: number) => new Date(Date.UTC(2026, 10, 23) + ms)
const named = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name })

/** What is recorded of drift, by whoever compares what lives with what was applied. */
function lookForDrift({ drifted, now, autoSync }: LookedAt & { readonly drifted: readonly string[] }): Decision {
  const objects = drifted.map((name) => driftedObject(named(name), { what: 'modified', fields: ['data.x'] }))
  const looked = { now: instant(now), autoSync }
  return (workflow) => observeDrift({ inventory: workflow.inventory ?? '', objects, calmMs: 900_000 }, looked)(workflow)
}

function heal({ now, autoSync }: LookedAt): Decision {
  return (workflow) => {
    const { applied, healed } = workflow
    if (applied === null) return []
    const plan = { ...sample.PlanMade.data, ...applied }
    return requestHeal(`heal-${healed.length}-${now}`, plan, { now: instant(now), autoSync })(workflow)
  }
}

function lookForHealth(names: readonly string[]): Decision {
  const objects = names.map((name) => ({ ...named(name), status: 'Degraded', message: 'it is down' }))
  return (workflow) => observeHealth({ inventory: workflow.inventory ?? '', objects }, instant(0))(workflow)
}

/** What the differ records: the plan that the state asks for, and a sync of its own for a new tree. */
export function differ({ tree, autoSync, outcome }: World): Decision {
  return (workflow) => {
    const head = { revision: tree ?? 'none', tree: '', message: '', author: '', committed_at: '' }
    const planning = nextPlanning(workflow, { head, tree }, autoSync)
    const id = `auto-${1 + Number(/\d+$/.exec(workflow.last?.id ?? '')?.[0] ?? 0)}`
    if (planning.action === 'request-sync') return requestSync(id, 'auto', workflow.plan?.revision ?? null)(workflow)
    if (planning.action === 'plan-heal') {
      const { applied, reconfigured } = workflow
      if (reconfigured || applied === null) return [supersede(planning.syncId, 'a change')]
      return [{ type: 'PlanMade', data: { ...sample.PlanMade.data, ...applied, sync_id: planning.syncId } }]
    }
    if (planning.action !== 'plan') return []
    const isNew = planning.syncId === null && workflow.wanted === null && !planning.isShown
    const asksItself = isNew && syncsItself(workflow, autoSync)
    const syncId = asksItself ? id : planning.syncId
    const asked = asksItself ? requestSync(id, 'auto', tree)(workflow) : []
    const revision = planning.revision ?? tree
    if (outcome === 'well' && revision !== null) {
      const made = { ...sample.PlanMade.data, revision, tree: revision, objects: `set:${revision}`, sync_id: syncId }
      if (syncId === null || rejectionOf(workflow, made) === undefined)
        return [...asked, { type: 'PlanMade', data: made }]
      const shown: WorkflowEvent = { type: 'PlanMade', data: { ...made, sync_id: null } }
      return asksItself ? [shown] : [shown, failure(syncId, revision)]
    }
    const failed: WorkflowEvent = {
      type: 'PlanFailed',
      data: { ...sample.PlanFailed.data, revision, tree: revision, sync_id: syncId },
    }
    return [...asked, failed, ...(syncId === null ? [] : [failure(syncId, revision)])]
  }
}

/** What the syncer records: the start of a planned sync, the end of a started one, a release. */
export function syncer({ outcome }: Pick<World, 'outcome'>): Decision {
  return (workflow) => {
    const writing = nextWriting(workflow)
    if (writing.action === 'none') return []
    if (writing.action === 'release') return [{ type: 'WorkflowReleased', data: { deleted: 0, kept: [] } }]
    if (writing.action === 'preview-rollback') {
      const { id, revision } = writing.preview
      return [{ type: 'RollbackPlanned', data: { ...sample.RollbackPlanned.data, rollback_id: id, revision } }]
    }
    if (writing.action === 'retry') return requestRetry(new Date(writing.at))(workflow)
    if (writing.action === 'roll-back') return rollBack(writing.rollback, workflow, outcome)
    const { sync, plan } = writing
    const { revision, tree } = plan
    if (sync.started === null)
      return [{ type: 'SyncStarted', data: { ...sample.SyncStarted.data, sync_id: sync.id, revision } }]
    const wave: WorkflowEvent = { type: 'WaveApplied', data: { ...sample.WaveApplied.data, sync_id: sync.id } }
    if (outcome === 'badly') return endSync(sync.id, [wave, failure(sync.id, revision)], { rejects: true })(workflow)
    return [wave, { type: 'SyncSucceeded', data: { ...sample.SyncSucceeded.data, sync_id: sync.id, revision, tree } }]
  }
}

/** What the rollback service records: the start with the rejection, then the end. */
function rollBack({ id, started }: OpenRollback, { newest }: Workflow, outcome: World['outcome']): WorkflowEvent[] {
  const ids = { rollback_id: id }
  const revision = newest?.revision ?? 'none'
  if (started === null)
    return [
      { type: 'RollbackStarted', data: { ...sample.RollbackStarted.data, ...ids } },
      { type: 'RevisionRejected', data: { ...ids, revision, objects: `set:${revision}`, reason: 'it is slow' } },
    ]
  if (outcome === 'badly') return [{ type: 'RollbackFailed', data: { ...sample.RollbackFailed.data, ...ids } }]
  const before = newest?.before ?? { revision: null, tree: null, paths: [], manifest_set: null }
  return [{ type: 'RollbackSucceeded', data: { ...sample.RollbackSucceeded.data, ...ids, ...before } }]
}

function failure(sync_id: string, revision: string | null): WorkflowEvent {
  return { type: 'SyncFailed', data: { ...sample.SyncFailed.data, sync_id, revision } }
}
