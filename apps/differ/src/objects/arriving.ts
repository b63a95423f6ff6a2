import { describeRef, groupOf, identityOf, refOf, waveOf } from '@plimsoll/domain'
import type { KubernetesObject, Manifest } from '@plimsoll/domain'
import { get, resourceOf } from '@plimsoll/kubernetes'
import type { Cluster, KubernetesError } from '@plimsoll/kubernetes'
import type { LiveObjects } from '../cluster/live-objects.ts'

/** What comes or changes with the sync that is planned, and so what the API server cannot answer for yet. */
export type Arriving = {
  /** Why the API server cannot be asked about an object, in words; undefined if it can. */
  readonly unaskable: (object: KubernetesObject) => string | undefined
  /** Whether its kind comes with this very sync. */
  readonly isOfComingKind: (object: KubernetesObject) => boolean
  /** What of this sync may lift a refusal, in words; undefined if nothing does. */
  readonly mendedBy: (object: KubernetesObject, error: KubernetesError) => string | undefined
}

type ObjectMeta = KubernetesObject['metadata']

/** `isChanging` tells which of the declared objects the sync may write. */
export async function arriving(
  cluster: Cluster,
  desired: readonly Manifest[],
  live: LiveObjects,
  isChanging: (identity: string) => boolean,
  signal: AbortSignal,
): Promise<Arriving> {
  const objects = desired.map(({ object }) => object)
  const [namespaces, kinds] = await Promise.all([
    arrivingNamespaces(cluster, objects, live, signal),
    arrivingKinds(cluster, objects),
  ])
  const changing = objects.filter((object) => isChanging(identityOf(refOf(object))))
  const definitions = new Map(changing.flatMap((object) => definedKinds(object).map((kind) => [kind, object] as const)))
  // What is written in a later wave lifts nothing in time.
  const before = (found: KubernetesObject | undefined, wave: number): string | undefined =>
    found !== undefined && waveOf(found) <= wave ? described(found) : undefined
  const core = (kind: string, isIt: (metadata: ObjectMeta) => boolean) =>
    changing.find((object) => object.kind === kind && groupOf(object.apiVersion) === '' && isIt(object.metadata))
  const isOfComingKind = ({ apiVersion, kind }: KubernetesObject) => kinds.has(`${apiVersion}/${kind}`)
  return {
    isOfComingKind,
    unaskable: ({ apiVersion, kind, metadata: { namespace } }) => {
      if (kinds.has(`${apiVersion}/${kind}`)) return 'its kind comes with this very sync'
      return namespace !== undefined && namespaces.has(namespace)
        ? 'its namespace comes with this very sync'
        : undefined
    },
    mendedBy: (object, { kind: error, refusal }) => {
      const { apiVersion, kind, metadata } = object
      const wave = waveOf(object)
      if (error === 'unknown-field' || error === 'invalid')
        return before(definitions.get(`${apiVersion}/${kind}`), wave)
      switch (refusal?.cause) {
        case 'quota':
        case 'quota-unsaid': {
          const isIt = (of: ObjectMeta) => of.name === refusal.quota && of.namespace === metadata.namespace
          return before(core('ResourceQuota', isIt), wave)
        }
        case 'limit-range':
          return before(
            core('LimitRange', (of) => of.namespace === metadata.namespace),
            wave,
          )
        case 'pod-security':
          return before(
            core('Namespace', (of) => of.name === metadata.namespace),
            wave,
          )
        default:
          return undefined
      }
    },
  }
}

function described(object: KubernetesObject): string {
  return `it is refused as things stand, and ${describeRef(refOf(object))} changes with this very sync`
}

/** Namespaces that are declared here and not there yet, whoever made those that are. */
async function arrivingNamespaces(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  live: LiveObjects,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const declared = objects.filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Namespace')
  const unknown = declared.filter((object) => !live.has(identityOf(refOf(object))))
  const found = await Promise.all(unknown.map((object) => get(cluster, refOf(object), { signal })))
  return new Set(unknown.filter((_, at) => found[at] === undefined).map(({ metadata }) => metadata.name))
}

/** Kinds, as `group/version/Kind`, that only a CustomResourceDefinition of this sync serves. */
async function arrivingKinds(cluster: Cluster, objects: readonly KubernetesObject[]): Promise<ReadonlySet<string>> {
  const kinds = new Set<string>()
  for (const key of new Set(objects.flatMap(definedKinds))) {
    const slash = key.lastIndexOf('/')
    if ((await resourceOf(cluster, key.slice(0, slash), key.slice(slash + 1))) === undefined) kinds.add(key)
  }
  return kinds
}

type Definition = {
  readonly group?: string
  readonly names?: { readonly kind?: string }
  readonly versions?: readonly { readonly name?: string }[]
}

/** `group/version/Kind` of each version that a CustomResourceDefinition declares. */
function definedKinds(object: KubernetesObject): readonly string[] {
  if (object.kind !== 'CustomResourceDefinition') return []
  const { group, names, versions } = (object['spec'] ?? {}) as Definition
  if (group === undefined || names?.kind === undefined || !Array.isArray(versions)) return []
  return (versions as NonNullable<Definition['versions']>).map(({ name }) => `${group}/${name}/${names.kind}`)
}
