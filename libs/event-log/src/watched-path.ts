import { sql } from 'kysely'
import type { Session } from './event-log.ts'

/** A folder that a workflow's stream renders. `tree` is null before the poller's first look, empty when the folder is missing. */
export type WatchedPath = {
  readonly stream: string
  readonly repository: string
  readonly path: string
  readonly tree: string | null
}

export function watchedPaths(log: Session, repository: string): Promise<readonly WatchedPath[]> {
  return log.db.selectFrom('watched_path').selectAll().where('repository', '=', repository).orderBy('stream').execute()
}

/** Asks for a folder in place of the stream's former one; answers whether that was news. */
export async function watchPath(
  log: Session,
  { stream, repository, path }: Omit<WatchedPath, 'tree'>,
): Promise<boolean> {
  const { rows } = await sql`
    insert into watched_path (stream, repository, path) values (${stream}, ${repository}, ${path})
    on conflict (stream) do update set repository = excluded.repository, path = excluded.path, tree = null
      where (watched_path.repository, watched_path.path) is distinct from (excluded.repository, excluded.path)
    returning stream`.execute(log.db)
  return rows.length > 0
}

export async function unwatchPath(log: Session, stream: string): Promise<void> {
  await log.db.deleteFrom('watched_path').where('stream', '=', stream).execute()
}

/** Records what the poller saw at each folder; one that was changed for another meanwhile is left alone. */
export async function setWatchedTrees(log: Session, watched: readonly WatchedPath[]): Promise<void> {
  if (watched.length === 0) return
  await sql`
    update watched_path w set tree = seen.tree
    from jsonb_to_recordset(${JSON.stringify(watched)}::jsonb) as seen (stream text, repository text, path text, tree text)
    where w.stream = seen.stream and w.repository = seen.repository and w.path = seen.path`.execute(log.db)
}

/** The streams of all workflows that render something. */
export async function watchingStreams(log: Session): Promise<readonly string[]> {
  const rows = await log.db.selectFrom('watched_path').select('stream').orderBy('stream').execute()
  return rows.map(({ stream }) => stream)
}
