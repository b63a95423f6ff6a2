import { hookWishOf } from './hooks/hook-annotations.ts'
import type { ObjectHook } from './hooks/hook.ts'
import { declaredHooks, hookName, scheduleHooks } from './hooks/hooks-of.ts'
import { plannedHook, hookWarnings } from './hooks/planned-hook.ts'
import { canonicalJson } from './json/canonical-json.ts'
import { assessChanges, impactWarnings } from './impact-rules/assess-changes.ts'
import { createChange, deleteChange, updateChange } from './plan/change.ts'
import type { ChangeDraft } from './plan/change.ts'
import { scopesOfDefinitions } from './plan/destination.ts'
import type { Scope } from './plan/destination.ts'
import type { Impact } from './impact.ts'
import type { ValueToken } from './plan/mask.ts'
import { groupOf, identityOf, refOf } from './object/object-ref.ts'
import type { KubernetesObject } from './object/object-ref.ts'
import { summarize } from './plan/plan.ts'
import type { FieldChange, Plan } from './plan/plan.ts'
import type { ManifestSet, RenderedObject } from './object/manifest-set.ts'

export type ComparisonContext = {
  /** Where objects without a namespace of their own go. */
  readonly namespace: string
  /** The workflow's own impact of a rule. */
  readonly overrides: Readonly<Record<string, Impact>>
  readonly token: ValueToken
  /** What differs between two objects, field by field. */
  readonly diff: (before: KubernetesObject, after: KubernetesObject) => readonly FieldChange[]
}

/** What a change of manifests comes to, as a plan shows it, told without the cluster: so there are no conflicts. */
export type Comparison = Required<Pick<Plan, 'changes' | 'hooks' | 'conflicts' | 'warnings' | 'summary'>> & {
  /** Whether there is anything to tell: an object, or a hook, is another. */
  readonly differs: boolean
}

/**
 * Compares two manifest sets object by object, sorted by namespace, kind and name. What is run and not kept is told as in a plan:
 * the hooks are those of the later set, and a warning says which of them are others than before.
 */
export function compareSets(before: ManifestSet, after: ManifestSet, context: ComparisonContext): Comparison {
  const scopeOf = scopes([before, after])
  const placed = placing(scopeOf, context.namespace)
  const [old, news] = [settled(before, placed), settled(after, placed)]
  const drafts = [...new Set([...old.keys(), ...news.keys()])]
    .toSorted()
    .flatMap((identity) => draftOf(old.get(identity), news.get(identity), context) ?? [])
  const changes = assessChanges(drafts, { overrides: context.overrides, owned: old.size })
  const run = hooksOf(after, placed, context.namespace)
  const hooks = run.map((hook) => plannedHook(hook, context.token, context.overrides))
  const others = hookNews(
    [...hooksOf(before, placed, context.namespace).map(named), ...idleHooks(before, placed, context.namespace)],
    [...run.map(named), ...idleHooks(after, placed, context.namespace)],
  )
  const warnings = [
    'The cluster was not asked: this compares manifests with manifests.',
    ...impactWarnings(changes),
    ...hookWarnings(hooks),
    ...others,
  ]
  const differs = changes.length + others.length > 0
  return { changes, hooks, conflicts: [], warnings, summary: summarize({ changes, conflicts: [], warnings }), differs }
}

type Place = (object: KubernetesObject) => KubernetesObject

/** The hooks that the manifests declare and a sync runs; the commands of a workflow lie in no manifest. */
function hooksOf(set: ManifestSet, placed: Place, namespace: string): readonly ObjectHook[] {
  const declared = declaredHooks(set).map((hook) => ({ ...hook, object: placed(hook.object) }))
  return scheduleHooks(declared, { pre_sync_hooks: [], post_sync_hooks: [] }, namespace).filter(
    (hook) => hook.kind === 'object',
  )
}

type NamedHook = { readonly title: string; readonly object: KubernetesObject }

function named({ phase, name, object }: ObjectHook): NamedHook {
  return { title: `${phase} hook ${name}`, object }
}

/** The hooks that no sync runs, such as a test of Helm: they are in no plan, and still are others than before. */
function idleHooks(set: ManifestSet, placed: Place, namespace: string): readonly NamedHook[] {
  return declaredHooks(set).flatMap(({ object: declared, wish }) => {
    if (wish.phases.length > 0) return []
    const object = placed(declared)
    return [{ title: `${wish.otherwise.join(', ')} hook ${hookName(object, namespace)}, which no sync runs,`, object }]
  })
}

function hookNews(before: readonly NamedHook[], after: readonly NamedHook[]): readonly string[] {
  const nameOf = ({ title }: NamedHook) => title
  const [old, news] = [Map.groupBy(before, nameOf), Map.groupBy(after, nameOf)]
  const textOf = (hooks: readonly NamedHook[] = []) => hooks.map(({ object }) => canonicalJson(object)).join('\n')
  return [...new Set([...old.keys(), ...news.keys()])].flatMap((name) => {
    if (textOf(old.get(name)) === textOf(news.get(name))) return []
    return [`The ${name} ${!old.has(name) ? 'is new' : news.has(name) ? 'differs' : 'is gone'}`]
  })
}

function draftOf(
  before: RenderedObject | undefined,
  after: RenderedObject | undefined,
  { token, diff }: ComparisonContext,
): ChangeDraft | undefined {
  if (before === undefined) return after && createChange(after.object, token)
  if (after === undefined) return deleteChange(before.object, token)
  return before.digest === after.digest ? undefined : updateChange(before.object, after.object, token, diff)
}

/** What is kept of a set, by its identity. */
function settled({ files }: ManifestSet, placed: Place): ReadonlyMap<string, RenderedObject> {
  const kept = files.flatMap(({ objects }) => objects).filter(({ object }) => hookWishOf(object) === undefined)
  return new Map(
    kept.map((one) => {
      const object = placed(one.object)
      return [identityOf(refOf(object)), { ...one, object }]
    }),
  )
}

/** Puts objects where they go. */
function placing(scopeOf: (object: KubernetesObject) => Scope | undefined, namespace: string): Place {
  return (object) =>
    object.metadata.namespace || scopeOf(object) !== 'namespaced'
      ? object
      : { ...object, metadata: { ...object.metadata, namespace } }
}

/** Whether a kind lies in namespaces, as far as that can be told without a cluster; undefined for kinds of others' CRDs. */
function scopes(sets: readonly ManifestSet[]): (object: KubernetesObject) => Scope | undefined {
  const all = sets.flatMap(({ files }) => files.flatMap(({ objects }) => objects.map(({ object }) => object)))
  const defined = scopesOfDefinitions(all)
  return ({ apiVersion, kind }) => {
    const group = groupOf(apiVersion)
    const scope = defined.get(`${group}/${kind}`)
    if (scope !== undefined) return scope
    if (clusterKinds.has(kind) && isBuiltIn(group)) return 'cluster'
    return isBuiltIn(group) ? 'namespaced' : undefined
  }
}

function isBuiltIn(group: string): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io')
}

const clusterKinds: ReadonlySet<string> = new Set([
  'APIService',
  'CSIDriver',
  'CSINode',
  'CertificateSigningRequest',
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterTrustBundle',
  'CustomResourceDefinition',
  'DeviceClass',
  'FlowSchema',
  'GatewayClass',
  'IngressClass',
  'IPAddress',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'ServiceCIDR',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
  'VolumeAttributesClass',
  'VolumeSnapshotClass',
  'VolumeSnapshotContent',
])
