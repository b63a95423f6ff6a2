import type { OpenRollback, Steps, WorkflowEvent } from '@plimsoll/domain'
import { clearHooks, openHooks, valuesToHide } from '@plimsoll/service'
import type { Hooks } from '@plimsoll/service'
import type { Beginning } from './begin-rollback.ts'
import type { Scene } from './scene.ts'
import type { Scope } from './scope.ts'

/** The hooks of a rollback, with what an owner before this one has recorded of them. */
export function openRollbackHooks(
  { cluster, vault, config, customHealth, commandsOf, context }: Scene,
  { id, hooks: records }: OpenRollback,
  { scope: { applied, syncs, now }, steps: { hooks = [] } }: Beginning,
  { mayWrite, record }: Writing,
): Hooks {
  const sets = [...syncs, ...(applied === null ? [] : [applied])].map((set) => set.manifest_set)
  const hidden = () => valuesToHide(vault, config, sets, now)
  const run = { vault, config, cluster, revision: applied?.revision ?? '', syncId: id, hidden, held: context.held }
  const { runCommand, tell } = commandsOf(run)
  return openHooks({
    cluster,
    vault,
    config,
    id,
    hooks,
    records,
    customHealth,
    hidden,
    record,
    mayWrite,
    runCommand,
    tell,
    signal: context.signal,
  })
}

export type Writing = {
  /** Throws where the lease does not allow a write. */
  readonly mayWrite: () => void
  /** Appends to the log; durable when it returns. */
  readonly record: (events: readonly WorkflowEvent[]) => Promise<void>
}

/** Deletes what hooks of the undone syncs have left: what still runs must not run on beside what is put back. */
export async function clearLeftHooks(
  { cluster, vault, context: { signal } }: Scene,
  { syncs }: Scope,
  { mayWrite }: Pick<Writing, 'mayWrite'>,
): Promise<void> {
  for (const { id, steps } of syncs) {
    const { hooks = [] } = await vault.get<Steps>(steps)
    await clearHooks({ cluster, vault, id, mayWrite, signal }, hooks)
  }
}
