import { parseJson, stringifyJson } from '@plimsoll/domain'
import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'
import type { Cluster } from './cluster.ts'
import { requestObject } from './request-object.ts'

/** Changes the fields given and no others; null removes one. With uid and resourceVersion in the metadata only if it is still that state. */
export async function mergePatch(
  cluster: Cluster,
  ref: ObjectRef,
  patch: Readonly<Record<string, unknown>>,
  { signal, timeoutMs }: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number } = {},
): Promise<KubernetesObject> {
  const answer = await requestObject(cluster, ref, {
    method: 'PATCH',
    query: { fieldManager: cluster.fieldManager },
    contentType: 'application/merge-patch+json',
    body: stringifyJson(patch),
    signal,
    timeoutMs,
  })
  return parseJson(answer.body) as KubernetesObject
}
