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
export async function listStreams(log: Session, { prefix, after = '', limit }: StreamsPage): Promise<string[]> {
  const name = sql<string>`id collate "C"`
  const rows = await log.db
    .selectFrom('stream')
    .select('id')
    .where(sql<boolean>`starts_with(id, ${prefix})`)
    .where(name, '>', after)
    .orderBy(name)
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}
