import { sql } from 'kysely'
import type { Session } from './event-log.ts'

/** An object's identity within a cluster; the version of its API is not part of it. */
export type ObjectKey = {
  /** Empty for the core group. */
  readonly group: string
  readonly kind: string
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
}

/** What a watcher saw of an object that carries our mark. */
export type LiveObject = ObjectKey & {
  readonly uid: string
  readonly resourceVersion: string
  readonly ownedHash: string
  /** The value of the label `plimsoll.dev/workflow`. */
  readonly mark: string
  /** The value of the annotation `plimsoll.dev/id`. */
  readonly idAnnotation: string
  /** `Degraded`, `Progressing`, …, of one that has not been well for a while; empty for all others. */
  readonly health: string
  /** False for one that was seen to go. */
  readonly present: boolean
}

const CHUNK_ROWS = 2_000

export async function upsertLiveObjects(log: Session, cluster: string, objects: readonly LiveObject[]): Promise<void> {
  for (const chunk of chunks(sorted(objects))) {
    await sql`
      insert into live_object (cluster, api_group, kind, namespace, name, uid, resource_version, owned_hash, mark, id_annotation, health, present)
      select ${cluster}, o."group", o.kind, o.namespace, o.name, o.uid, o."resourceVersion", o."ownedHash", o.mark, o."idAnnotation", o.health, o.present
      from jsonb_to_recordset(${JSON.stringify(chunk)}::jsonb) as o ("group" text, kind text, namespace text, name text, uid text,
        "resourceVersion" text, "ownedHash" text, mark text, "idAnnotation" text, health text, present boolean)
      on conflict (cluster, api_group, kind, namespace, name) do update set
        uid = excluded.uid, resource_version = excluded.resource_version, owned_hash = excluded.owned_hash, mark = excluded.mark,
        id_annotation = excluded.id_annotation, health = excluded.health, present = excluded.present, updated_at = clock_timestamp()`.execute(
      log.db,
    )
  }
}

export async function deleteLiveObjects(log: Session, cluster: string, keys: readonly ObjectKey[]): Promise<void> {
  for (const chunk of chunks(sorted(keys))) {
    await sql`
      delete from live_object l using jsonb_to_recordset(${JSON.stringify(chunk)}::jsonb)
        as o ("group" text, kind text, namespace text, name text)
      where l.cluster = ${cluster} and l.api_group = o."group" and l.kind = o.kind and l.namespace = o.namespace and l.name = o.name`.execute(
      log.db,
    )
  }
}

/** The objects of a cluster, all or those of one mark. */
export async function readLiveObjects(log: Session, cluster: string, mark?: string): Promise<LiveObject[]> {
  let query = log.db
    .selectFrom('live_object')
    .select(['api_group as group', 'kind', 'namespace', 'name', 'uid', 'mark', 'health', 'present'])
    .select(['resource_version as resourceVersion', 'owned_hash as ownedHash', 'id_annotation as idAnnotation'])
    .where('cluster', '=', cluster)
  if (mark !== undefined) query = query.where('mark', '=', mark)
  return query.execute()
}

/** Whose objects were seen in a cluster. */
export async function marksIn(log: Session, cluster: string): Promise<readonly string[]> {
  const rows = await log.db.selectFrom('live_object').select('mark').distinct().where('cluster', '=', cluster).execute()
  return rows.map(({ mark }) => mark)
}

/** Forgets all that was seen of a cluster, and which kinds are watched there. */
export async function forgetCluster(log: Session, cluster: string): Promise<void> {
  await log.db.deleteFrom('live_object').where('cluster', '=', cluster).execute()
  await log.db.deleteFrom('watched_kind').where('cluster', '=', cluster).execute()
}

/** In one order everywhere, so that two writers never wait for each other; and each key once, the last one counting. */
function sorted<Key extends ObjectKey>(keys: readonly Key[]): readonly Key[] {
  const byIdentity = new Map(keys.map((key) => [JSON.stringify([key.group, key.kind, key.namespace, key.name]), key]))
  return [...byIdentity].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key)
}

function chunks<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / CHUNK_ROWS) }, (_, index) =>
    items.slice(index * CHUNK_ROWS, (index + 1) * CHUNK_ROWS),
  )
}
