import { openHooks } from '@plimsoll/service'
import type { Hooks } from '@plimsoll/service'
import type { SyncRun } from '../sync-run.ts'

/** The hooks of a sync: those of its steps, with what an owner before this one has recorded of them. */
export function openSyncHooks(run: SyncRun): Hooks {
  const { vault, config, steps, hooks } = run
  return openHooks({
    cluster: run.cluster,
    vault,
    config,
    id: run.syncId,
    hooks: steps.hooks ?? [],
    records: hooks.records,
    customHealth: run.customHealth,
    hidden: hooks.hidden,
    record: run.record,
    mayWrite: run.mayWrite,
    cancelled: run.cancelled,
    runCommand: hooks.runCommand,
    tell: hooks.tell,
    signal: run.signal,
  })
}
