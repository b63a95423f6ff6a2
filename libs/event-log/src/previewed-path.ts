import { sql } from 'kysely'
import type { Session } from './event-log.ts'
import { getGitObjects } from './git-object.ts'
import type { SealKey } from './seal/seal-key.ts'

/** A path of a revision that a workflow's stream previews. */
export type PreviewedPath = {
  readonly repository: string
  readonly revision: string
  readonly stream: string
  readonly path: string
}

/** `tree` identifies what lies at the path, empty for nothing; `refused` says why that cannot be told. */
export type AnsweredPath = PreviewedPath & { readonly tree: string | null; readonly refused: string | null }

/** Where the Git objects of a revision are kept that is not the head of its repository's branch. Ids hold no `@`. */
export function previewStore(repository: string, revision: string): string {
  return `${repository}@${revision}`
}

/** Asks for paths of a revision, anew if they were answered: what should have been stored is not there. */
export async function askForPaths(
  log: Session,
  { repository, revision, stream }: Omit<PreviewedPath, 'path'>,
  paths: readonly string[],
): Promise<void> {
  await sql`
    insert into previewed_path (repository, revision, stream, path)
    select ${repository}, ${revision}, ${stream}, path from (select distinct unnest(${[...paths]}::text[]) as path) p order by path
    on conflict (repository, revision, stream, path) do update set tree = null, refused = null, asked_at = clock_timestamp()`.execute(
    log.db,
  )
}

/** Paths of a repository's revisions that wait for an answer, those asked for first in front. */
export function openPaths(log: Session, repository: string): Promise<readonly PreviewedPath[]> {
  return log.db
    .selectFrom('previewed_path')
    .select(['repository', 'revision', 'stream', 'path'])
    .where('repository', '=', repository)
    .where('tree', 'is', null)
    .where('refused', 'is', null)
    .orderBy('asked_at')
    .orderBy('path')
    .execute()
}

/** Records answers; one whose question was taken back meanwhile is left out. */
export async function answerPaths(log: Session, answers: readonly AnsweredPath[]): Promise<void> {
  if (answers.length === 0) return
  await sql`
    update previewed_path p set tree = a.tree, refused = a.refused
    from jsonb_to_recordset(${JSON.stringify(answers)}::jsonb)
      as a (repository text, revision text, stream text, path text, tree text, refused text)
    where p.repository = a.repository and p.revision = a.revision and p.stream = a.stream and p.path = a.path`.execute(
    log.db,
  )
}

/** Why paths of a revision were refused to a stream, taking the questions back; undefined when none was. */
export async function takeRefusal(
  log: Session,
  { repository, revision, stream }: Omit<PreviewedPath, 'path'>,
): Promise<string | undefined> {
  const rows = await log.db
    .deleteFrom('previewed_path')
    .where('repository', '=', repository)
    .where('revision', '=', revision)
    .where('stream', '=', stream)
    .where('refused', 'is not', null)
    .returning('refused')
    .execute()
  return rows[0]?.refused ?? undefined
}

/**
 * Forgets revisions that nobody asked about for `olderThanMs`, and all but the newest `keep` of them, with their Git
 * objects. Answers how many were dropped and how many are left.
 */
export async function dropPreviews(
  log: Session,
  repository: string,
  { keep, olderThanMs }: { readonly keep: number; readonly olderThanMs: number },
): Promise<{ readonly dropped: number; readonly left: number }> {
  const { rows } = await sql<{ revision: string; drop: boolean }>`
    select revision, row_number() over (order by max(asked_at) desc) > ${keep}
      or max(asked_at) < statement_timestamp() - ${olderThanMs} * interval '1 ms' as drop
    from previewed_path where repository = ${repository} group by revision`.execute(log.db)
  const gone = rows.filter((row) => row.drop).map(({ revision }) => revision)
  if (gone.length > 0) {
    const stores = gone.map((revision) => previewStore(repository, revision))
    await log.db
      .deleteFrom('previewed_path')
      .where('repository', '=', repository)
      .where('revision', 'in', gone)
      .execute()
    await log.db.deleteFrom('git_object').where('repository', 'in', stores).execute()
  }
  return { dropped: gone.length, left: rows.length - gone.length }
}

/** The trees that are kept for previews of a repository; what they lead to may lie among the branch's own objects. */
export async function previewedTrees(log: Session, repository: string, key: SealKey): Promise<readonly Uint8Array[]> {
  const { rows } = await sql<{ store: string; oid: string }>`
    select repository as store, encode(oid, 'hex') as oid from git_object
    where repository in (select ${previewStore(repository, '')} || revision from previewed_path where repository = ${repository})
      and type in ('tree', 'way')`.execute(log.db)
  const trees: Uint8Array[] = []
  for (const [store, kept] of Map.groupBy(rows, (row) => row.store)) {
    const found = await getGitObjects(
      log,
      store,
      kept.map(({ oid }) => oid),
      key,
    )
    trees.push(...[...found.values()].map(({ body }) => body))
  }
  return trees
}

/** Forgets everything that was previewed of a repository. */
export async function forgetPreviews(log: Session, repository: string): Promise<void> {
  await log.db.deleteFrom('previewed_path').where('repository', '=', repository).execute()
  await sql`delete from git_object where starts_with(repository, ${previewStore(repository, '')})`.execute(log.db)
}
