import type { Inventory, ManifestSet } from '@plimsoll/domain'
import { hiddenValues, openHooks, sensitiveIn } from '@plimsoll/service'
import type { Hooks } from '@plimsoll/service'
import type { SyncRun } from '../run-sync.ts'

/** The hooks of a sync: those of its steps, with what an owner before this one has recorded of them. */
export function openSyncHooks(run: SyncRun, mayWrite: () => void): Hooks {
  const { vault, config, plan, steps, inventory, hooks } = run
  return openHooks({
    cluster: run.cluster,
    vault,
    config,
    id: run.syncId,
    hooks: steps.hooks ?? [],
    records: hooks.records,
    customHealth: run.customHealth,
    hidden: async () => hiddenIn(config, await vault.get<ManifestSet>(plan.manifest_set), inventory),
    record: run.record,
    mayWrite,
    cancelled: run.cancelled,
    runCommand: hooks.runCommand,
    signal: run.signal,
  })
}

function hiddenIn(config: SyncRun['config'], set: ManifestSet, inventory: Inventory): ReadonlySet<string> {
  return hiddenValues([set], sensitiveIn(config, [set], inventory))
}
