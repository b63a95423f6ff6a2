import { fieldManager, groupOf, identityOf, isMarked, markLabel, refOf } from '@plimsoll/domain'
import type { ObjectRef } from '@plimsoll/domain'
import { readLiveObjects, readWatchedKinds, requestKinds } from '@plimsoll/event-log'
import type { EventLog, LiveObject as LiveRow } from '@plimsoll/event-log'
import { list, ownedHash, servedAs } from '@plimsoll/kubernetes'
import type { Cluster, ResourceType } from '@plimsoll/kubernetes'

/** What planning needs to know of a live object that is ours. */
export type LiveObject = { readonly ref: ObjectRef; readonly uid: string; readonly owned: string }

/** The live objects with a workflow's mark, by identity, among those of the given kinds. */
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

export type LiveOptions = {
  readonly log: EventLog
  readonly id: string
  readonly cluster: Cluster
  readonly mark: string
  readonly hash: (text: string) => string
  /** Since when someone watches the cluster, if anyone does: what an earlier watcher found complete is old. */
  readonly watchedSince: () => Promise<Date | undefined>
  /** Called when kinds were asked for that nobody watches yet. */
  readonly onRequested: () => void
  readonly signal: AbortSignal
}

type Known = readonly [identity: string, object: LiveObject]

/** What the cluster's watcher shares; a kind that it does not watch yet is asked for, and listed this once. */
export async function liveObjects(options: LiveOptions, kinds: readonly KindRef[]): Promise<LiveObjects> {
  const { log, id, cluster, mark } = options
  const known = await Promise.all(kinds.map(({ apiVersion, kind }) => servedAs(cluster, apiVersion, kind)))
  const types = known.filter((type) => type !== undefined)
  if (await requestKinds(log, id, types)) options.onRequested()
  const since = await options.watchedSince()
  const synced = since === undefined ? new Set<string>() : await syncedKinds(log, id, since)
  const rows = synced.size === 0 ? [] : await readLiveObjects(log, id, mark)
  const { watched = [], unwatched = [] } = Object.groupBy(types, (type) =>
    synced.has(`${type.group}/${type.resource}`) ? 'watched' : 'unwatched',
  )
  const listed = await Promise.all(unwatched.map((type) => listKind(options, type)))
  // Of a kind that is not complete there may be rows of objects that are long gone.
  const complete = new Map(watched.map((type) => [`${type.group}/${type.kind}`, type]))
  return new Map([...rows.flatMap((row) => knownOf(row, complete)), ...listed.flat()])
}

async function syncedKinds(log: EventLog, id: string, since: Date): Promise<ReadonlySet<string>> {
  const kinds = (await readWatchedKinds(log, id)).filter(({ syncedAt }) => syncedAt !== null && syncedAt >= since)
  return new Set(kinds.map(({ group, resource }) => `${group}/${resource}`))
}

function knownOf(
  { group, kind, namespace, name, uid, ownedHash: owned, idAnnotation }: LiveRow,
  types: ReadonlyMap<string, ResourceType>,
): Known[] {
  const identity = `${group}/${kind}/${namespace}/${name}`
  const type = types.get(`${group}/${kind}`)
  if (type === undefined || idAnnotation !== identity) return []
  const apiVersion = group === '' ? type.version : `${group}/${type.version}`
  return [[identity, { ref: { apiVersion, kind, name, ...(namespace !== '' && { namespace }) }, uid, owned }]]
}

async function listKind({ cluster, mark, hash, signal }: LiveOptions, type: ResourceType): Promise<Known[]> {
  const { items } = await list(cluster, type, { labelSelector: `${markLabel}=${mark}`, signal })
  return items
    .filter((object) => isMarked(object, mark))
    .map((object) => {
      const ref = refOf(object)
      return [identityOf(ref), { ref, uid: object.metadata.uid ?? '', owned: ownedHash(object, fieldManager, hash) }]
    })
}
