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
export type Comparison = Pick<Plan, 'changes' | 'conflicts' | 'warnings' | 'summary'>

/** Compares two manifest sets object by object, sorted by namespace, kind and name. */
export function compareSets(before: ManifestSet, after: ManifestSet, context: ComparisonContext): Comparison {
  const scopeOf = scopes([before, after])
  const [old, news] = [settled(before, scopeOf, context.namespace), settled(after, scopeOf, context.namespace)]
  const drafts = [...new Set([...old.keys(), ...news.keys()])]
    .toSorted()
    .flatMap((identity) => draftOf(old.get(identity), news.get(identity), context) ?? [])
  const changes = assessChanges(drafts, { overrides: context.overrides, owned: old.size })
  const warnings = ['The cluster was not asked: this compares manifests with manifests.', ...impactWarnings(changes)]
  return { changes, conflicts: [], warnings, summary: summarize({ changes, conflicts: [], warnings }) }
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

function settled(
  { files }: ManifestSet,
  scopeOf: (object: KubernetesObject) => Scope | undefined,
  namespace: string,
): ReadonlyMap<string, RenderedObject> {
  const rendered = files.flatMap(({ objects }) => objects).map((one) => ({ ...one, object: place(one.object) }))
  return new Map(rendered.map((one) => [identityOf(refOf(one.object)), one]))

  function place(object: KubernetesObject): KubernetesObject {
    if (object.metadata.namespace || scopeOf(object) !== 'namespaced') return object
    return { ...object, metadata: { ...object.metadata, namespace } }
  }
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
