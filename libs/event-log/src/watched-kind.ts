import { sql } from 'kysely'
import type { Session } from './event-log.ts'

export type KindKey = { readonly group: string; readonly version: string; readonly resource: string }

/** A kind that is watched in a cluster. Since `syncedAt` the cluster's live objects of it are complete. */
export type WatchedKind = KindKey & { readonly requestedAt: Date; readonly syncedAt: Date | null }

/** Asks the cluster's watcher for kinds; those it was asked for already stay as they are. Returns whether any was new. */
export async function requestKinds(log: Session, cluster: string, kinds: readonly KindKey[]): Promise<boolean> {
  if (kinds.length === 0) return false
  const rows = kinds
    .map(({ group, version, resource }) => ({
      cluster,
      api_group: group,
      api_version: version,
      resource,
      synced_at: null,
    }))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  const results = await log.db
    .insertInto('watched_kind')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return results.some(({ numInsertedOrUpdatedRows }) => (numInsertedOrUpdatedRows ?? 0n) > 0n)
}

/** Records that the live objects of a kind are complete from now on, or (false) that they are not any more. */
export async function markKindSynced(
  log: Session,
  cluster: string,
  { group, version, resource }: KindKey,
  synced = true,
): Promise<void> {
  await log.db
    .updateTable('watched_kind')
    .set({ synced_at: synced ? sql<Date>`clock_timestamp()` : null })
    .where('cluster', '=', cluster)
    .where('api_group', '=', group)
    .where('api_version', '=', version)
    .where('resource', '=', resource)
    .execute()
}

export async function readWatchedKinds(log: Session, cluster: string): Promise<WatchedKind[]> {
  return log.db
    .selectFrom('watched_kind')
    .select([
      'api_group as group',
      'api_version as version',
      'resource',
      'requested_at as requestedAt',
      'synced_at as syncedAt',
    ])
    .where('cluster', '=', cluster)
    .orderBy('api_group')
    .orderBy('resource')
    .execute()
}

export async function deleteWatchedKind(
  log: Session,
  cluster: string,
  { group, version, resource }: KindKey,
): Promise<void> {
  await log.db
    .deleteFrom('watched_kind')
    .where('cluster', '=', cluster)
    .where('api_group', '=', group)
    .where('api_version', '=', version)
    .where('resource', '=', resource)
    .execute()
}
