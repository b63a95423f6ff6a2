import type { Session } from './event-log.ts'

/** Keeps a sealed credential of a cluster beside those that it has; the same one again changes nothing. */
export async function putClusterCredential(
  log: Session,
  cluster: string,
  fingerprint: string,
  sealed: Uint8Array,
): Promise<void> {
  await log.db
    .insertInto('cluster_credential')
    .values({ cluster, fingerprint, sealed: Buffer.from(sealed) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function getClusterCredential(
  log: Session,
  cluster: string,
  fingerprint: string,
): Promise<Uint8Array | undefined> {
  const row = await log.db
    .selectFrom('cluster_credential')
    .select('sealed')
    .where('cluster', '=', cluster)
    .where('fingerprint', '=', fingerprint)
    .executeTakeFirst()
  return row?.sealed
}

/** Forgets the credentials of a cluster, all but one of them or all. */
export async function deleteClusterCredentials(log: Session, cluster: string, but?: string): Promise<void> {
  let query = log.db.deleteFrom('cluster_credential').where('cluster', '=', cluster)
  if (but !== undefined) query = query.where('fingerprint', '!=', but)
  await query.execute()
}
