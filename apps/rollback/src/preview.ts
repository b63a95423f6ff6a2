import type { RollbackPreview, Workflow, WorkflowEvent } from '@plimsoll/domain'
import type { Scene } from './scene.ts'
import { obstacleTo, planned, scopeOf } from './scope.ts'

/** Shows what a rollback would do now, and writes nothing to the cluster. */
export async function preview(
  scene: Scene,
  { id, undo_from, revision, force }: RollbackPreview,
): Promise<(workflow: Workflow) => readonly WorkflowEvent[]> {
  const scope = await scopeOf(scene, undo_from)
  const obstacle = obstacleTo(scope, scene)
  const answer = obstacle === undefined ? await planned(scene, scope, { force, asks: true }) : undefined
  const plan = answer === undefined ? null : await scene.publish(answer.plan)
  const summary = answer?.plan.summary ?? null
  const told = { message: obstacle?.because ?? '', faults: obstacle === undefined ? [] : [obstacle] }
  const data = { rollback_id: id, revision, plan, summary, ...told }
  return ({ rollbackPreview: asked }) => (asked?.id === id ? [{ type: 'RollbackPlanned', data }] : [])
}
