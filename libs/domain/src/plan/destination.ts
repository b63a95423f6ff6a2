import { describeRef, groupOf, refOf } from '../object/object-ref.ts'
import type { KubernetesObject, ObjectRef } from '../object/object-ref.ts'
import { waveAnnotations, waveProblem } from '../object/sync-wave.ts'
import type { Allow, Destination } from '../workflow/settings/config.ts'
import type { Fault } from '../fault.ts'

export type Scope = 'namespaced' | 'cluster'

/** An object of a manifest set, with where it was read: `k8s/web.yaml:12`. The digest is over what Git declares. */
export type Manifest = { readonly object: KubernetesObject; readonly digest: string; readonly origin: string }

export type Placed = {
  readonly manifests: readonly Manifest[]
  readonly faults: readonly Fault[]
  /** Those of the faults that are about a kind that nobody knows: what else is placed can be planned all the same. */
  readonly unknown: readonly { readonly manifest: Manifest; readonly fault: Fault }[]
}

/**
 * Puts every manifest where the workflow says: those without a namespace into the destination's, cluster-scoped ones
 * into none; and refuses what the workflow is not allowed to touch, unknown kinds, and an object that is there twice.
 * `scopeOf` answers undefined for a kind that neither the cluster nor a CRD of the set knows.
 */
export function place(
  manifests: readonly Manifest[],
  { destination, allow }: { readonly destination: Destination; readonly allow: Allow },
  scopeOf: (object: KubernetesObject) => Scope | undefined,
): Placed {
  const faults: Fault[] = []
  const unknown: { manifest: Manifest; fault: Fault }[] = []
  const placed = new Map<string, Manifest>()
  for (const { object, digest, origin } of manifests) {
    const scope = scopeOf(object)
    if (scope === undefined) {
      const fault = unknownKind(object, origin)
      faults.push(fault)
      unknown.push({ manifest: { object, digest, origin }, fault })
      continue
    }
    const wave = waveProblem(object)
    if (wave !== undefined)
      faults.push({
        what: `${describeRef(refOf(object))} cannot be put in order`,
        where: origin,
        because: wave,
        try: `correct the annotation ${waveAnnotations.join(' or ')}`,
      })
    const settled = settle(object, scope, destination.namespace)
    const refusal = refuse(settled, scope, allow)
    if (refusal !== undefined)
      faults.push({ what: `${describeRef(refOf(settled))} is not allowed`, where: origin, ...refusal })
    const key = `${groupOf(settled.apiVersion)}/${settled.kind}/${settled.metadata.namespace ?? ''}/${settled.metadata.name}`
    const first = placed.get(key)
    if (first !== undefined)
      faults.push({
        what: `${describeRef(refOf(settled))} is declared twice`,
        where: origin,
        because: `${first.origin} declares it already`,
        try: 'remove one of the two',
      })
    else placed.set(key, { object: settled, digest, origin })
  }
  return { manifests: [...placed.values()], faults, unknown }
}

function settle(object: KubernetesObject, scope: Scope, namespace: string): KubernetesObject {
  // As for kubectl, `namespace: ""` and a `namespace:` without a value name none.
  if (scope === 'namespaced')
    return object.metadata.namespace ? object : { ...object, metadata: { ...object.metadata, namespace } }
  if (!('namespace' in object.metadata)) return object
  const { namespace: _dropped, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** Why a workflow may not touch an object that lives; undefined if it may. One without a namespace is the whole cluster's. */
export function refusalToTouch({ apiVersion, kind, name, namespace }: ObjectRef, allow: Allow): string | undefined {
  const object = { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } }
  return refuse(object, namespace === undefined ? 'cluster' : 'namespaced', allow)?.because
}

function refuse(object: KubernetesObject, scope: Scope, allow: Allow): Pick<Fault, 'because' | 'try'> | undefined {
  const { namespace } = object.metadata
  if (scope === 'cluster' && !allow.cluster_scoped)
    return {
      because: 'the workflow may not touch cluster-scoped objects',
      try: 'set allow.cluster_scoped, or move the object to another workflow',
    }
  if (namespace !== undefined && allow.namespaces !== null && !allow.namespaces.includes(namespace))
    return {
      because: `the workflow may touch the namespaces ${allow.namespaces.join(', ')} only`,
      try: `add ${namespace} to allow.namespaces, or change the manifest's namespace`,
    }
  const group = groupOf(object.apiVersion)
  if (allow.kinds !== null && !allow.kinds.includes(object.kind) && !allow.kinds.includes(`${group}/${object.kind}`))
    return {
      because: `the workflow may touch the kinds ${allow.kinds.join(', ')} only`,
      try: `add ${group === '' ? object.kind : `${group}/${object.kind}`} to allow.kinds`,
    }
  return undefined
}

function unknownKind({ apiVersion, kind, metadata: { name } }: KubernetesObject, origin: string): Fault {
  return {
    what: `${kind}/${name} is of a kind that the cluster does not know`,
    where: origin,
    because: `no API of the cluster serves ${kind} in ${apiVersion}, and no CustomResourceDefinition of this revision defines it`,
    try: 'check apiVersion and kind for typing errors, or add the CustomResourceDefinition to the repository',
  }
}

/** The scopes that the CRDs of a manifest set define, by `group/Kind`. */
export function scopesOfDefinitions(objects: Iterable<KubernetesObject>): ReadonlyMap<string, Scope> {
  const scopes = new Map<string, Scope>()
  for (const object of objects) {
    if (object.kind !== 'CustomResourceDefinition') continue
    const spec = object['spec'] as { group?: string; scope?: string; names?: { kind?: string } } | undefined
    if (spec?.group !== undefined && spec.names?.kind !== undefined)
      scopes.set(`${spec.group}/${spec.names.kind}`, spec.scope === 'Cluster' ? 'cluster' : 'namespaced')
  }
  return scopes
}
