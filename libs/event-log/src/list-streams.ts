import { sql } from 'kysely'
import type { Session } from './event-log.ts'

export type StreamsPage = {
  /** Only names that begin so. */
  readonly prefix: string
  /** A name: those after it. Default: from the first. */
  readonly after?: string | undefined
  readonly limit: number
}

/** Names of streams in byte order, also of those whose subject is deleted; the last is the next page's `after`. */
export async function listStreams(log: Session, page: StreamsPage): Promise<string[]> {
  return (await streamVersions(log, page)).map(({ id }) => id)
}

/** The same with the version that each has reached. */
export async function streamVersions(
  log: Session,
  { prefix, after = '', limit }: StreamsPage,
): Promise<{ readonly id: string; readonly version: number }[]> {
  const name = sql<string>`id collate "C"`
  return log.db
    .selectFrom('stream')
    .select(['id', 'version'])
    .where(sql<boolean>`starts_with(id, ${prefix})`)
    .where(name, '>', after)
    .orderBy(name)
    .limit(limit)
    .execute()
}
