import { hookAnnotations } from '../hooks/hook-annotations.ts'
import type { KubernetesObject } from '../object/object-ref.ts'

/** What an object's annotations ask for. */
export type ObjectOptions = {
  /** Not managed at all: neither planned nor written nor removed. */
  readonly ignore: boolean
  /** Removed once Git no longer has it; false also keeps it when its workflow is deleted. */
  readonly prune: boolean
  /** Removed with its workflow, where the workflow is deleted with its objects. */
  readonly delete: boolean
  /** Deleted and created again where the API server refuses to change it in place. */
  readonly replace: boolean
  /** Written once, if it does not live yet, and left alone from then on. */
  readonly createOnly: boolean
  /** Told as a leftover when Git no longer has it. */
  readonly warnsWhenLeft: boolean
  /** Whether `plimsoll.dev/criticality` says that much depends on it. */
  readonly critical: boolean
}

const defaults: ObjectOptions = {
  ignore: false,
  prune: true,
  delete: true,
  replace: false,
  createOnly: false,
  warnsWhenLeft: true,
  critical: false,
}

/** A wish and how it is written; docs/annotations.md shows the same table. */
type Wish = {
  readonly key: string
  readonly value: string
  readonly asks: Partial<ObjectOptions>
  /** Its value is a list, separated by commas. */
  readonly listed?: true
  /** A label says the same, and upper and lower case are one. */
  readonly lenient?: true
}

const kept = { prune: false, delete: false } as const
const syncOptions = 'argocd.argoproj.io/sync-options'
const flux = 'kustomize.toolkit.fluxcd.io'
const hookPoints = ['PreSync', 'Sync', 'PostSync', 'SyncFail', 'PreDelete', 'PostDelete'] as const

export const wishes: readonly Wish[] = [
  { key: 'plimsoll.dev/ignore', value: 'true', asks: { ignore: true } },
  { key: 'plimsoll.dev/prune', value: 'disabled', asks: kept },
  { key: 'plimsoll.dev/replace', value: 'true', asks: { replace: true } },
  { key: 'plimsoll.dev/criticality', value: 'critical', asks: { critical: true } },
  { key: syncOptions, value: 'Prune=false', asks: { prune: false }, listed: true },
  { key: syncOptions, value: 'Prune=confirm', asks: { prune: false }, listed: true },
  { key: syncOptions, value: 'Delete=false', asks: { delete: false }, listed: true },
  { key: syncOptions, value: 'Delete=confirm', asks: { delete: false }, listed: true },
  { key: syncOptions, value: 'Force=true', asks: { replace: true }, listed: true },
  {
    key: 'argocd.argoproj.io/compare-options',
    value: 'IgnoreExtraneous',
    asks: { warnsWhenLeft: false },
    listed: true,
  },
  // What lives as a hook is nobody's to write or to remove but that of the run that made it.
  ...[hookAnnotations.plimsoll, hookAnnotations.argocd].flatMap((key) =>
    ['Skip', ...hookPoints].map((value) => ({ key, value, asks: { ignore: true }, listed: true }) as const),
  ),
  { key: 'helm.sh/resource-policy', value: 'keep', asks: kept, listed: true },
  { key: `${flux}/prune`, value: 'disabled', asks: kept, lenient: true },
  { key: `${flux}/reconcile`, value: 'disabled', asks: { ignore: true }, lenient: true },
  { key: `${flux}/ssa`, value: 'Ignore', asks: { ignore: true }, lenient: true },
  { key: `${flux}/ssa`, value: 'IfNotPresent', asks: { createOnly: true }, lenient: true },
  { key: `${flux}/force`, value: 'enabled', asks: { replace: true }, lenient: true },
]

/**
 * What the annotations of an object ask for. Give the live object beside the one of Git where either may ask: who
 * annotates the living object to keep it is heard as well.
 */
export function optionsOf(...objects: readonly (KubernetesObject | undefined)[]): ObjectOptions {
  let options = defaults
  for (const object of objects) {
    if (object?.metadata.annotations === undefined && object?.metadata.labels === undefined) continue
    for (const key of namesOf(object))
      for (const wish of wishesByKey.get(key) ?? []) if (says(object, wish)) options = { ...options, ...wish.asks }
  }
  return options
}

const wishesByKey = Map.groupBy(wishes, ({ key }) => key)

function namesOf({ metadata: { annotations, labels } }: KubernetesObject): readonly string[] {
  return [...Object.keys(annotations ?? {}), ...Object.keys(labels ?? {})]
}

function says({ metadata }: KubernetesObject, { key, value, listed, lenient }: Wish): boolean {
  const said = metadata.annotations?.[key] ?? (lenient ? metadata.labels?.[key] : undefined)
  // A manifest may hold anything where a text should be; the API server is the one to refuse it.
  if (typeof said !== 'string') return false
  if (said === value) return true
  if (lenient) return said.toLowerCase() === value.toLowerCase()
  return listed === true && said.split(',').some((item) => item.trim() === value)
}
