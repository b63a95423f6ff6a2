import type { KubernetesObject } from '../object/object-ref.ts'
import { shortName } from '../object/object-ref.ts'
import type { ManifestSet } from '../object/manifest-set.ts'
import { hookWishOf } from './hook-annotations.ts'
import type { HookWish } from './hook-annotations.ts'
import { hookPhases } from './hook.ts'
import type { CommandHook, Hook, ObjectHook } from './hook.ts'

/** An object of a manifest set that is run rather than kept. */
export type DeclaredHook = {
  readonly object: KubernetesObject
  readonly where: string
  readonly wish: HookWish
  readonly sensitive?: readonly string[]
}

/** All hooks of a manifest set, those that no sync runs among them. */
export function declaredHooks({ files, hooks = [] }: ManifestSet): readonly DeclaredHook[] {
  const inFiles = files.flatMap(({ path, objects }) =>
    objects.flatMap(({ line, ...rendered }) => declared(rendered, line > 0 ? `${path}:${line}` : path)),
  )
  return [...inFiles, ...hooks.flatMap((hook) => declared(hook, hook.path))]
}

function declared(
  { object, sensitive }: { readonly object: KubernetesObject; readonly sensitive?: readonly string[] },
  where: string,
): readonly DeclaredHook[] {
  const wish = hookWishOf(object)
  return wish === undefined ? [] : [{ object, where, wish, ...(sensitive && { sensitive }) }]
}

type Commands = { readonly pre_sync_hooks: readonly string[]; readonly post_sync_hooks: readonly string[] }

/**
 * What runs with a sync, in that order: by phase, commands before the objects of PreSync and after those of PostSync, objects
 * by wave. An object that runs in several phases is there for each. `namespace` is the destination's: an object in another
 * one is told by it.
 */
export function scheduleHooks(
  placed: readonly DeclaredHook[],
  { pre_sync_hooks: before, post_sync_hooks: after }: Commands,
  namespace: string,
): readonly Hook[] {
  return hookPhases.flatMap((phase) => {
    const objects = placed
      .filter(({ wish }) => wish.phases.includes(phase))
      .map(({ object, where, wish, sensitive }): ObjectHook => ({
        phase,
        wave: wish.wave,
        name: hookName(object, namespace),
        kind: 'object',
        object,
        delete_policies: wish.delete_policies,
        origin: wish.origin,
        where,
        ...(sensitive && { sensitive }),
      }))
      .toSorted((a, b) => a.wave - b.wave || compare(a.name, b.name))
    if (phase === 'PreSync') return [...commands(phase, 'pre_sync_hooks', before), ...objects]
    return phase === 'PostSync' ? [...objects, ...commands(phase, 'post_sync_hooks', after)] : objects
  })
}

function commands(
  phase: CommandHook['phase'],
  field: keyof Commands,
  texts: readonly string[],
): readonly CommandHook[] {
  return texts.map((command, index) => ({
    phase,
    wave: 0,
    name: `${field}[${index}]`,
    kind: 'command',
    index,
    command,
  }))
}

/** `Job/migrate`, and `Job/other/migrate` outside the destination's namespace. */
export function hookName({ kind, metadata: { name, namespace } }: KubernetesObject, destination: string): string {
  if (namespace === undefined || namespace === destination) return shortName({ kind, name })
  return `${kind}/${namespace}/${name}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
