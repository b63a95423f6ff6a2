import type { ObjectRef } from '@plimsoll/domain'
import type { Cluster } from './cluster.ts'
import { KubernetesError } from './kubernetes-error.ts'
import { objectPath, queryOf } from './path-of.ts'
import { request } from './request.ts'
import type { ApiAnswer, ApiRequest } from './request.ts'
import { requireType } from './resource-of.ts'

export type ObjectRequest = Omit<ApiRequest, 'path' | 'ref'> & { readonly query?: Parameters<typeof queryOf>[0] }

/** A request about one object. A kind that the server no longer serves where discovery had it is looked up anew next time. */
export async function requestObject(cluster: Cluster, ref: ObjectRef, asked: ObjectRequest): Promise<ApiAnswer> {
  const { query = {}, ...rest } = asked
  const type = await requireType(cluster, ref)
  const sensitive = sensitiveIn(cluster, ref)
  try {
    return await request(cluster.connection, { ...rest, path: objectPath(type, ref) + queryOf(query), ref, sensitive })
  } catch (error) {
    if (error instanceof KubernetesError && error.kind === 'unknown-kind') cluster.discovery.invalidate()
    throw error
  }
}

/** JSON pointers of what nobody gets to see in the object, beside the values of a Secret. */
export function sensitiveIn({ sensitiveOf }: Cluster, { apiVersion, kind, ...metadata }: ObjectRef): readonly string[] {
  return sensitiveOf?.({ apiVersion, kind, metadata }) ?? []
}

/** Whether a request failed only because there is no such object. */
export function isAbsence(error: unknown): boolean {
  return error instanceof KubernetesError && (error.kind === 'not-found' || error.kind === 'namespace-missing')
}
