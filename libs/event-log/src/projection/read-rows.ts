import { sql } from 'kysely'
import type { Session } from '../event-log.ts'
import type { Json } from '../json.ts'
import type { ProjectionRow } from './projection.ts'

/** A row of the live generation. The caller names the shape that the projection's code gave it. */
export async function readRow<Body extends Json>(
  log: Session,
  projection: string,
  key: string,
): Promise<ProjectionRow<Body> | undefined> {
  const row = await rowsOf(log, projection).where('projection_row.key', '=', key).executeTakeFirst()
  return row === undefined ? undefined : { ...row, body: row.body as Body }
}

export type RowsOptions = {
  /** Only keys that begin so. */
  readonly prefix?: string | undefined
  /** Only bodies that contain all of this, as jsonb's `@>` has it. */
  readonly filter?: Json | undefined
  /** A key: the rows after it. */
  readonly after?: string | undefined
  readonly limit: number
}

/** Rows of the live generation by key (byte order); the last key is the next page's `after`. */
export async function listRows<Body extends Json>(
  log: Session,
  projection: string,
  options: RowsOptions,
): Promise<ProjectionRow<Body>[]> {
  const { prefix, filter, after, limit } = options
  let query = rowsOf(log, projection).orderBy('projection_row.key').limit(limit)
  if (prefix !== undefined)
    query = query
      .where(sql<boolean>`starts_with(projection_row.key, ${prefix})`)
      .where('projection_row.key', '>=', prefix)
  if (after !== undefined) query = query.where('projection_row.key', '>', after)
  if (filter !== undefined) query = query.where(sql<boolean>`projection_row.body @> ${JSON.stringify(filter)}::jsonb`)
  return (await query.execute()).map((row) => ({ ...row, body: row.body as Body }))
}

function rowsOf(log: Session, projection: string) {
  return log.db
    .selectFrom('projection')
    .innerJoin('projection_row', 'projection_row.generation', 'projection.generation')
    .select(['projection_row.key', 'projection_row.body', 'projection_row.version', 'projection_row.position'])
    .where('projection.name', '=', projection)
    .where('projection.live', '=', true)
}
