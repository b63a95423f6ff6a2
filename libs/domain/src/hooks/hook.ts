import type { Impact } from '../impact.ts'
import type { KubernetesObject, ObjectRef } from '../object/object-ref.ts'
import type { ImpactReason } from '../impact.ts'

/** When a hook runs, in the order of a sync; `SyncFail` comes when one has failed. */
export const hookPhases = ['PreSync', 'Sync', 'PostSync', 'SyncFail'] as const
export type HookPhase = (typeof hookPhases)[number]

/** When the object of a hook is deleted. */
export const hookDeletePolicies = ['HookSucceeded', 'HookFailed', 'BeforeHookCreation'] as const
export type HookDeletePolicy = (typeof hookDeletePolicies)[number]

/** Whose annotation makes an object a hook. */
export type HookOrigin = 'argocd' | 'helm' | 'plimsoll'

type Scheduled = {
  readonly phase: HookPhase
  readonly wave: number
  /** Tells it from the others of its phase, and is what people read: `Job/migrate`, `pre_sync_hooks[0]`. */
  readonly name: string
}

/** An object that is created, awaited and perhaps deleted, and never kept. */
export type ObjectHook = Scheduled & {
  readonly kind: 'object'
  /** As it is declared, where it goes; without our mark. */
  readonly object: KubernetesObject
  readonly delete_policies: readonly HookDeletePolicy[]
  readonly origin: HookOrigin
  /** `k8s/migrate.yaml:12` */
  readonly where: string
  /** JSON pointers of values in it that nobody gets to see; missing where there are none. */
  readonly sensitive?: readonly string[]
}

/** A command of the workflow, `index` in `pre_sync_hooks` (phase PreSync) or `post_sync_hooks` (PostSync). */
export type CommandHook = Scheduled & { readonly kind: 'command'; readonly index: number; readonly command: string }

/** What is run at a point of a sync. In a list of them the order is the one in which they run. */
export type Hook = ObjectHook | CommandHook

/** A hook as a plan shows it. Sensitive values are masked in its state. */
export type PlannedHook = {
  readonly phase: HookPhase
  readonly wave: number
  readonly name: string
  readonly kind: Hook['kind']
  /** Of a command. */
  readonly command?: string
  /** Of an object, as those that follow. */
  readonly ref?: ObjectRef
  readonly origin?: HookOrigin
  readonly where?: string
  readonly delete_policies?: readonly HookDeletePolicy[]
  readonly desired_state?: KubernetesObject
  /** As of an object that is created and kept. */
  readonly impact?: Impact
  readonly reasons?: readonly ImpactReason[]
}

/** The annotation of an object that was created as a hook, with the run that it belongs to. Such an object is never owned. */
export const hookRunAnnotation = 'plimsoll.dev/hook-run'

/** Names one run of one phase; `id` is of the sync or of the rollback. */
export function hookRun(id: string, phase: HookPhase): string {
  return `${id}/${phase}`
}
