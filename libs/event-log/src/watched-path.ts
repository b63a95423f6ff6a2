import { sql } from 'kysely'
import type { Session } from './event-log.ts'

/**
 * A folder or file that a workflow's stream renders. `tree` is what identifies its content: null before the poller's first
 * look, empty when there is nothing at the path.
 */
export type WatchedPath = {
  readonly stream: string
  readonly repository: string
  readonly path: string
  readonly tree: string | null
}

/** What is watched in one repository, by whomever. */
export function watchedPaths(log: Session, repository: string): Promise<readonly WatchedPath[]> {
  return log.db
    .selectFrom('watched_path')
    .selectAll()
    .where('repository', '=', repository)
    .orderBy('stream')
    .orderBy('path')
    .execute()
}

/** What one stream watches. */
export function pathsOf(log: Session, stream: string): Promise<readonly WatchedPath[]> {
  return log.db.selectFrom('watched_path').selectAll().where('stream', '=', stream).orderBy('path').execute()
}

/** What each of these streams watches. One question for all of them. */
export async function pathsOfEach(
  log: Session,
  streams: readonly string[],
): Promise<ReadonlyMap<string, readonly WatchedPath[]>> {
  const { rows } = await sql<WatchedPath>`
    select stream, repository, path, tree from watched_path where stream = any(${[...new Set(streams)]}::text[])
    order by path`.execute(log.db)
  return Map.groupBy(rows, ({ stream }) => stream)
}

/** Sets all that a stream watches; answers whether something is among it that the poller has not looked at yet. */
export async function watchPaths(
  log: Session,
  {
    stream,
    repository,
    paths,
  }: { readonly stream: string; readonly repository: string; readonly paths: readonly string[] },
): Promise<boolean> {
  const { rows } = await sql`
    with wanted as (select distinct unnest(${[...paths]}::text[]) as path),
    gone as (delete from watched_path w where w.stream = ${stream} and not exists (select from wanted where wanted.path = w.path))
    insert into watched_path (stream, repository, path) select ${stream}, ${repository}, path from wanted order by path
    on conflict (stream, path) do update set repository = excluded.repository, tree = null
      where watched_path.repository <> excluded.repository
    returning stream`.execute(log.db)
  return rows.length > 0
}

/** Lets the poller look again at paths that a stream watches: what it should have stored is not there. */
export async function lookAgain(log: Session, stream: string, paths: readonly string[]): Promise<void> {
  await log.db
    .updateTable('watched_path')
    .set({ tree: null })
    .where('stream', '=', stream)
    .where('path', 'in', paths)
    .execute()
}

export async function unwatchPaths(log: Session, stream: string): Promise<void> {
  await log.db.deleteFrom('watched_path').where('stream', '=', stream).execute()
}

/** Records what the poller saw at each path; one that is not watched any more, or of another repository now, is left alone. */
export async function setWatchedTrees(log: Session, watched: readonly WatchedPath[]): Promise<void> {
  if (watched.length === 0) return
  await sql`
    update watched_path w set tree = seen.tree
    from jsonb_to_recordset(${JSON.stringify(watched)}::jsonb) as seen (stream text, repository text, path text, tree text)
    where w.stream = seen.stream and w.repository = seen.repository and w.path = seen.path`.execute(log.db)
}

/** Forgets what the poller saw in a repository: nothing of it is kept any more. */
export async function forgetWatchedTrees(log: Session, repository: string): Promise<void> {
  await log.db.updateTable('watched_path').set({ tree: null }).where('repository', '=', repository).execute()
}

/** The streams of all workflows that render something. */
export async function watchingStreams(log: Session): Promise<readonly string[]> {
  const rows = await log.db.selectFrom('watched_path').select('stream').distinct().orderBy('stream').execute()
  return rows.map(({ stream }) => stream)
}
