import { declaredHooks, describeRef, hookRunAnnotation, isKept, markLabel, refOf } from '@plimsoll/domain'
import type { KubernetesObject, ManifestSet, ObjectRef, Workflow } from '@plimsoll/domain'
import { BlobMissingError } from '@plimsoll/event-log'
import { KubernetesError, list, remove, resourceOf } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { inParallel } from '@plimsoll/runtime'
import { writeTimeoutMs } from '@plimsoll/service'
import type { Vault } from '@plimsoll/service'

const writesInFlight = 16

/** Where hooks of a workflow may have left objects: of each kind and namespace one. The newest manifest sets tell. */
export async function placesOfHooks(
  { applied, plan }: Workflow,
  namespace: string,
  vault: Pick<Vault, 'get'>,
): Promise<readonly ObjectRef[]> {
  const places = new Map<string, ObjectRef>()
  for (const digest of new Set([applied?.manifest_set, plan?.manifest_set])) {
    for (const { object } of digest === undefined ? [] : declaredHooks(await readSet(vault, digest))) {
      const place = { ...refOf(object), namespace: object.metadata.namespace ?? namespace }
      places.set([place.apiVersion, place.kind, place.namespace].join(' '), place)
    }
  }
  return [...places.values()]
}

export type ReleaseHooksOptions = {
  /** Also those that are never removed unasked. */
  readonly pruneKept: boolean
  readonly mayWrite: () => void
  readonly signal: AbortSignal
}

/**
 * Deletes what hooks have left: nobody else knows of it once the workflow is gone. What may not be looked for stays. Answers
 * what is kept, for people.
 */
export async function releaseHooks(
  cluster: Cluster,
  mark: string,
  places: readonly ObjectRef[],
  { pruneKept, mayWrite, signal }: ReleaseHooksOptions,
): Promise<readonly string[]> {
  const kept: string[] = []
  for (const { apiVersion, kind, namespace } of places) {
    const type = await resourceOf(cluster, apiVersion, kind)
    if (type === undefined) continue
    try {
      const labelSelector = `${markLabel}=${mark}`
      const { items } = await list(cluster, type, { namespace, labelSelector, signal })
      await inParallel(items.filter(isOfHook), writesInFlight, async (object) => {
        if (isKept(object) && !pruneKept) return void kept.push(describeRef(refOf(object)))
        mayWrite()
        const { uid = '' } = object.metadata
        await remove(cluster, refOf(object), { uid, timeoutMs: writeTimeoutMs, signal })
      })
    } catch (error) {
      if (!(error instanceof KubernetesError) || error.retryable) throw error
    }
  }
  return kept
}

function isOfHook({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.[hookRunAnnotation] !== undefined
}

async function readSet(vault: Pick<Vault, 'get'>, digest: string): Promise<ManifestSet> {
  return vault.get<ManifestSet>(digest).catch((error: unknown) => {
    if (error instanceof BlobMissingError) return { files: [] }
    throw error
  })
}
