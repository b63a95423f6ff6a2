import { plannedHook, hookWarnings } from '@plimsoll/domain'
import type { AppliedSet, Hook, ManifestSet, Plan, SensitiveOf, ValueToken } from '@plimsoll/domain'
import { placeHooks } from '@plimsoll/service'
import type { Scene } from './scene.ts'

export type RollbackHooks = Required<Pick<Plan, 'hooks'>> & Pick<Plan, 'warnings'> & { readonly run: readonly Hook[] }

export const noHooks: RollbackHooks = { run: [], hooks: [], warnings: [] }

/** The hooks of what is put back, and of the workflow. What it may not run any more is left out, and told. */
export async function hooksToRun(
  { cluster, config, vault }: Scene,
  applied: AppliedSet | null,
  token: ValueToken,
): Promise<RollbackHooks> {
  if (applied === null) return noHooks
  const set = await vault.get<ManifestSet>(applied.manifest_set)
  const { hooks, faults, unknown } = await placeHooks(cluster, config, set, [])
  const refused = [...faults, ...unknown.map(({ fault }) => fault)]
  const run = refused.length === 0 ? hooks : hooks.filter(({ kind }) => kind === 'command')
  const planned = run.map((hook) => plannedHook(hook, token, config.impact))
  const left = refused.map(({ what, because }) => `No hook that is an object is run: ${what}, as ${because}`)
  return {
    run: run.map((hook) => withSensitive(hook, token)),
    hooks: planned,
    warnings: [...hookWarnings(planned), ...left],
  }
}

function withSensitive(hook: Hook, { sensitiveOf }: { readonly sensitiveOf?: SensitiveOf }): Hook {
  if (hook.kind === 'command') return hook
  const sensitive = sensitiveOf?.(hook.object) ?? []
  return sensitive.length === 0 ? hook : { ...hook, sensitive }
}
