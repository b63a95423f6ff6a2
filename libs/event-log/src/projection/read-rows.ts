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

/** Rows of the live generation of these keys, by key. */
export async function readRows<Body extends Json>(
  log: Session,
  projection: string,
  keys: readonly string[],
): Promise<ProjectionRow<Body>[]> {
  const rows = await rowsOf(log, projection)
    .where(sql<boolean>`projection_row.key = any(${keys}::text[])`)
    .orderBy('projection_row.key')
    .execute()
  return rows.map((row) => ({ ...row, body: row.body as Body }))
}

export type Picked<Name extends string> = {
  readonly stream: string
  /** The row does not show all of the stream yet. */
  readonly isBehind: boolean
  /** What lies at each path; null where nothing does. */
  readonly picked: Readonly<Record<Name, Json>>
}

/**
 * Parts of the rows of a projection that keeps one for each stream, by their paths in the body: where whole bodies would be too much.
 * All streams that begin with a prefix in byte order, also those that have no row yet; seen at one instant.
 */
export async function pickFromRows<Name extends string>(
  log: Session,
  projection: string,
  { prefix, paths }: { readonly prefix: string; readonly paths: Readonly<Record<Name, readonly string[]>> },
): Promise<readonly Picked<Name>[]> {
  const parts = Object.entries<readonly string[]>(paths).flatMap(([name, path]) => [
    sql`${name}::text`,
    sql`r.body #> ${[...path]}::text[]`,
  ])
  const { rows } = await sql<Picked<Name>>`
    select s.id as stream, s.version > coalesce(r.version, 0) as "isBehind", jsonb_build_object(${sql.join(parts)}) as picked
    from stream s left join (
      select w.key, w.body, w.version from projection p join projection_row w using (generation)
      where p.name = ${projection} and p.live and starts_with(w.key, ${prefix})) r on r.key = s.id
    where starts_with(s.id, ${prefix}) order by s.id collate "C"`.execute(log.db)
  return rows
}

function rowsOf(log: Session, projection: string) {
  return log.db
    .selectFrom('projection')
    .innerJoin('projection_row', 'projection_row.generation', 'projection.generation')
    .select(['projection_row.key', 'projection_row.body', 'projection_row.version', 'projection_row.position'])
    .where('projection.name', '=', projection)
    .where('projection.live', '=', true)
}
