import type { Cluster } from './cluster.ts'
import type { ResourceType } from './discovery.ts'
import { parseJson } from '@plimsoll/domain'
import { KubernetesError } from './kubernetes-error.ts'
import type { KubernetesObject } from '@plimsoll/domain'
import { apiVersionOf, collectionPath, queryOf } from './path-of.ts'
import { request } from './request.ts'

export type ListOptions = {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Only apiVersion, kind and metadata of each object. */
  readonly metadataOnly?: boolean | undefined
  /** Objects per page; 500 by default. */
  readonly limit?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export type Listed = { readonly items: readonly KubernetesObject[]; readonly resourceVersion: string }

type Page = {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items?: readonly KubernetesObject[] | null
}

export const metadataOnlyAccept = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  one: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
}

/** All objects of a kind at one resourceVersion, read page by page. */
export async function list(cluster: Cluster, type: ResourceType, options: ListOptions = {}): Promise<Listed> {
  try {
    return await readPages(cluster, type, options)
  } catch (error) {
    // The pages' snapshot was compacted away while we read. One page cannot go stale.
    if (error instanceof KubernetesError && error.kind === 'expired')
      return readPages(cluster, type, { ...options, limit: 0 })
    throw error
  }
}

/**
 * The objects of a kind, a page at a time, in the order of their namespaces and names. A page that is asked for too late, after
 * minutes, is refused with `expired`.
 */
export async function* listPages(
  cluster: Cluster,
  type: ResourceType,
  options: ListOptions = {},
): AsyncGenerator<Listed, void> {
  try {
    for (let next: string | undefined, first = true; first || next !== undefined; first = false) {
      const page = await readPage(cluster, type, options, next)
      next = page.metadata?.continue || undefined
      const items = (page.items ?? []).map((item) => typed(item, type))
      yield { items, resourceVersion: page.metadata?.resourceVersion ?? '' }
    }
  } catch (error) {
    if (error instanceof KubernetesError && error.kind === 'unknown-kind') cluster.discovery.invalidate()
    throw error
  }
}

async function readPages(cluster: Cluster, type: ResourceType, options: ListOptions): Promise<Listed> {
  const pages = await Array.fromAsync(listPages(cluster, type, options))
  return { items: pages.flatMap(({ items }) => items), resourceVersion: pages.at(-1)?.resourceVersion ?? '' }
}

async function readPage(
  cluster: Cluster,
  type: ResourceType,
  { namespace, labelSelector, fieldSelector, metadataOnly, limit = 500, signal }: ListOptions,
  next: string | undefined,
): Promise<Page> {
  const query = queryOf({ labelSelector, fieldSelector, limit: limit || undefined, continue: next })
  const answer = await request(cluster.connection, {
    method: 'GET',
    path: collectionPath(type, namespace) + query,
    ...(metadataOnly ? { accept: metadataOnlyAccept.list } : {}),
    signal,
  })
  return parseJson(answer.body) as Page
}

// Items of a built-in kind's list come without the kind, and metadata-only ones as PartialObjectMetadata.
function typed(item: KubernetesObject, type: ResourceType): KubernetesObject {
  return { ...item, apiVersion: apiVersionOf(type), kind: type.kind }
}
