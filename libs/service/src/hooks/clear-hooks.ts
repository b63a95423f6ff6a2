import type { Hook } from '@plimsoll/domain'
import { inParallel } from '@plimsoll/runtime'
import type { HooksRun } from './hooks-run.ts'
import { deleteObjectHook } from './run-object-hook.ts'

const deletesInFlight = 16

/** Deletes what hooks of another run have left, whatever their policies say; `run.id` names that run. */
export async function clearHooks(
  run: Pick<HooksRun, 'cluster' | 'vault' | 'id' | 'mayWrite' | 'signal'>,
  hooks: readonly Hook[],
): Promise<void> {
  const objects = hooks.filter((hook) => hook.kind === 'object')
  await inParallel(objects, deletesInFlight, (hook) => deleteObjectHook(run, hook))
}
