import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'
import type { Cluster } from './cluster.ts'
import { parseJson, stringifyJson } from '@plimsoll/domain'
import { objectPath, queryOf } from './path-of.ts'
import { request } from './request.ts'
import { requireType } from './resource-of.ts'

/** Changes the fields given and no others; null removes one. With uid and resourceVersion in the metadata only if it is still that state. */
export async function mergePatch(
  cluster: Cluster,
  ref: ObjectRef,
  patch: Readonly<Record<string, unknown>>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<KubernetesObject> {
  const type = await requireType(cluster, ref)
  const answer = await request(cluster.connection, {
    method: 'PATCH',
    path: objectPath(type, ref) + queryOf({ fieldManager: cluster.fieldManager }),
    contentType: 'application/merge-patch+json',
    body: stringifyJson(patch),
    ref,
    signal,
  })
  return parseJson(answer.body) as KubernetesObject
}
