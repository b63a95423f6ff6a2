import { fieldManager, groupOf, identityOf, isMarked, markLabel, refOf } from '@plimsoll/domain'
import type { ObjectRef } from '@plimsoll/domain'
import { list, ownedHash, resourceOf } from '@plimsoll/kubernetes'
import type { Cluster, ResourceType } from '@plimsoll/kubernetes'

/** What planning needs to know of a live object that is ours. */
export type LiveObject = { readonly ref: ObjectRef; readonly uid: string; readonly owned: string }

/** The live objects with a mark, by identity, among those of the given kinds. */
export type LiveObjects = ReadonlyMap<string, LiveObject>

export type KindRef = Pick<ObjectRef, 'apiVersion' | 'kind'>

/** Each kind once, whatever the version it is written in; the first version stands for all. */
export function kindsOf(refs: Iterable<KindRef>): readonly KindRef[] {
  const kinds = new Map<string, KindRef>()
  for (const { apiVersion, kind } of refs) {
    const key = `${groupOf(apiVersion)}/${kind}`
    if (!kinds.has(key)) kinds.set(key, { apiVersion, kind })
  }
  return [...kinds.values()]
}

/** Asks the API server, one list per kind. Kinds that the cluster does not know have no objects. */
export async function listMarked(
  cluster: Cluster,
  mark: string,
  kinds: readonly KindRef[],
  hash: (text: string) => string,
  signal: AbortSignal,
): Promise<LiveObjects> {
  const types = await Promise.all(kinds.map(({ apiVersion, kind }) => resourceOf(cluster, apiVersion, kind)))
  const listed = await Promise.all(
    types.filter((type) => type !== undefined).map((type) => listKind(cluster, type, mark, hash, signal)),
  )
  return new Map(listed.flat())
}

async function listKind(
  cluster: Cluster,
  type: ResourceType,
  mark: string,
  hash: (text: string) => string,
  signal: AbortSignal,
): Promise<readonly (readonly [string, LiveObject])[]> {
  const { items } = await list(cluster, type, { labelSelector: `${markLabel}=${mark}`, signal })
  return items
    .filter((object) => isMarked(object, mark))
    .map((object) => {
      const ref = refOf(object)
      return [
        identityOf(ref),
        { ref, uid: object.metadata.uid ?? '', owned: ownedHash(object, fieldManager, hash) },
      ] as const
    })
}
