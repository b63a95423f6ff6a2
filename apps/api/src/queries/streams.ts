import type { StreamKind } from '@plimsoll/domain'
import type { EventLog } from '@plimsoll/event-log'

/** Ids of the streams of a kind, in order; also of what was deleted. */
export async function streamIds(
  { db }: Pick<EventLog, 'db'>,
  kind: StreamKind,
  page: { readonly after: string; readonly limit: number },
): Promise<string[]> {
  const prefix = `${kind}-`
  const rows = await db
    .selectFrom('stream')
    .select('id')
    .where('id', '>', prefix + page.after)
    // The character after `-`.
    .where('id', '<', `${kind}.`)
    .where('version', '>', 0)
    .orderBy('id')
    .limit(page.limit)
    .execute()
  return rows.map(({ id }) => id.slice(prefix.length))
}
