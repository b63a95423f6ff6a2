import type { Connection } from './connection.ts'
import { parseJson } from '@plimsoll/domain'
import { KubernetesError } from './kubernetes-error.ts'
import { request } from './request.ts'

export type ResourceType = {
  readonly group: string
  readonly version: string
  readonly kind: string
  /** The plural that paths use. */
  readonly resource: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

export type Discovery = {
  readonly types: () => Promise<readonly ResourceType[]>
  /** Asks the server again once when the kind is not known: a CRD may have come since. */
  readonly find: (apiVersion: string, kind: string) => Promise<ResourceType | undefined>
  readonly invalidate: () => void
}

type Snapshot = { readonly etag: string | undefined; readonly types: ReadonlyMap<string, ResourceType> }
type Snapshots = { readonly core: Snapshot; readonly groups: Snapshot }

type GroupDiscovery = {
  readonly metadata?: { readonly name?: string }
  readonly versions?: readonly {
    readonly version: string
    readonly resources?: readonly {
      readonly resource: string
      readonly responseKind?: { readonly group?: string; readonly version?: string; readonly kind?: string }
      readonly scope: string
      readonly verbs: readonly string[]
    }[]
  }[]
}

const aggregated = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',')

export function openDiscovery(connection: Connection): Discovery {
  let known: Snapshots | undefined
  let previous: Snapshots | undefined
  let refreshing: Promise<Snapshots> | undefined

  // Whoever shares a refresh shares its fate, so no single caller's signal may end it.
  const refresh = (): Promise<Snapshots> => {
    if (refreshing) return refreshing
    const asked = load(connection, previous)
    refreshing = asked
    const settled = (snapshots: Snapshots | undefined): void => {
      if (refreshing !== asked) return
      refreshing = undefined
      known = previous = snapshots ?? known
    }
    asked.then(settled, () => settled(undefined))
    return asked
  }

  return {
    types: async () => {
      const { core, groups } = known ?? (await refresh())
      return [...core.types.values(), ...groups.types.values()]
    },
    find: async (apiVersion, kind) => {
      const first = known
      const found = lookUp(first ?? (await refresh()), apiVersion, kind)
      if (found || !first) return found
      // A refresh that is under way may have read the server before the kind was there: ask once more after it.
      const early = refreshing && lookUp(await refreshing, apiVersion, kind)
      return early ?? lookUp(await refresh(), apiVersion, kind)
    },
    invalidate: () => {
      known = refreshing = undefined
    },
  }
}

async function load(connection: Connection, previous: Snapshots | undefined): Promise<Snapshots> {
  const [core, groups] = await Promise.all([
    fetchTypes(connection, '/api', previous?.core),
    fetchTypes(connection, '/apis', previous?.groups),
  ])
  return { core, groups }
}

function lookUp({ core, groups }: Snapshots, apiVersion: string, kind: string): ResourceType | undefined {
  const key = `${apiVersion} ${kind}`
  return core.types.get(key) ?? groups.types.get(key)
}

async function fetchTypes(connection: Connection, path: string, previous: Snapshot | undefined): Promise<Snapshot> {
  const asked = { method: 'GET', path, accept: aggregated, etag: previous?.etag } as const
  const answer = await request(connection, asked).catch((error: unknown) => {
    throw error instanceof KubernetesError && error.kind === 'unknown-kind' ? noDiscovery(connection) : error
  })
  if (answer.status === 304 && previous) return previous
  const body = parseJson(answer.body) as { kind?: string; items?: readonly GroupDiscovery[] }
  if (body.kind !== 'APIGroupDiscoveryList') throw noDiscovery(connection)
  return { etag: answer.headers.etag, types: new Map((body.items ?? []).flatMap(typesOf)) }
}

function noDiscovery({ server }: Connection): KubernetesError {
  const message = `${server.href} offers no aggregated discovery: it must be a Kubernetes API server, 1.27 or newer`
  return new KubernetesError({ kind: 'bad-answer', message, retryable: true })
}

function typesOf({ metadata, versions = [] }: GroupDiscovery): [string, ResourceType][] {
  const group = metadata?.name ?? ''
  return versions.flatMap(({ version, resources = [] }) =>
    resources.flatMap(({ resource, responseKind, scope, verbs }): [string, ResourceType][] => {
      const kind = responseKind?.kind
      if (!kind) return []
      const apiVersion = group ? `${group}/${version}` : version
      return [[`${apiVersion} ${kind}`, { group, version, kind, resource, namespaced: scope === 'Namespaced', verbs }]]
    }),
  )
}
