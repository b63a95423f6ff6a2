import type {
  Hook,
  ManifestSet,
  OpenRollback,
  Plan,
  SensitiveOf,
  Steps,
  ValueToken,
  WorkflowEvent,
} from '@plimsoll/domain'
import { clearHooks, openHooks, placeHooks, plannedHook, valuesToHide } from '@plimsoll/service'
import type { Hooks } from '@plimsoll/service'
import type { Beginning } from './begin-rollback.ts'
import type { Scene } from './roll-back-workflow.ts'
import type { Scope } from './scope.ts'

export type RollbackHooks = Required<Pick<Plan, 'hooks'>> & Pick<Plan, 'warnings'> & { readonly run: readonly Hook[] }

export const noHooks: RollbackHooks = { run: [], hooks: [], warnings: [] }

/** The hooks of what is put back, and of the workflow. What it may not run any more is left out, and told. */
export async function hooksToRun(
  { cluster, config, vault }: Scene,
  { applied }: Scope,
  token: ValueToken,
): Promise<RollbackHooks> {
  if (applied === null) return noHooks
  const set = await vault.get<ManifestSet>(applied.manifest_set)
  const { hooks, faults, unknown } = await placeHooks(cluster, config, set, [])
  const refused = [...faults, ...unknown.map(({ fault }) => fault)]
  const run = refused.length === 0 ? hooks : hooks.filter(({ kind }) => kind === 'command')
  return {
    run: run.map((hook) => withSensitive(hook, token)),
    hooks: run.map((hook) => plannedHook(hook, token)),
    warnings: refused.map(({ what, because }) => `No hook that is an object is run: ${what}, as ${because}`),
  }
}

function withSensitive(hook: Hook, { sensitiveOf }: { readonly sensitiveOf?: SensitiveOf }): Hook {
  if (hook.kind === 'command') return hook
  const sensitive = sensitiveOf?.(hook.object) ?? []
  return sensitive.length === 0 ? hook : { ...hook, sensitive }
}

/** The hooks of a rollback, with what an owner before this one has recorded of them. */
export function openRollbackHooks(
  { cluster, vault, config, customHealth, commandsOf, context }: Scene,
  { id, hooks: records }: OpenRollback,
  { scope: { applied, syncs, now }, steps: { hooks = [] } }: Beginning,
  { mayWrite, record }: Writing,
): Hooks {
  const sets = [...syncs, ...(applied === null ? [] : [applied])].map((set) => set.manifest_set)
  const hidden = () => valuesToHide(vault, config, sets, now)
  const run = { vault, config, cluster, revision: applied?.revision ?? '', syncId: id, hidden }
  const runCommand = commandsOf(run)
  const { signal } = context
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
    signal,
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
