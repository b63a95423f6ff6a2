import { sql } from 'kysely'
import type { PositionedEvent } from '../event.ts'
import type { Session } from '../event-log.ts'
import { type Json, storableText } from '../json.ts'
import type { Generation } from './generation.ts'
import type { Projection, ProjectionRow } from './projection.ts'
import { advance, cacheAt, type RowCache } from './row-cache.ts'

/**
 * Folds events that follow a generation's position into its rows, and records rows and position in one statement. Returns
 * false, having changed nothing, if someone else moved the position meanwhile.
 */
export async function foldEvents<Body extends Json>(
  log: Session,
  projection: Projection<Body>,
  { generation, position: from }: Pick<Generation, 'generation' | 'position'>,
  events: readonly PositionedEvent[],
  cache: RowCache<Body>,
): Promise<boolean> {
  const { rows } = cacheAt(cache, from)
  const to = events.at(-1)?.position ?? from
  const changes = events.map((event) => ({ event, keys: projection.keysOf(event) }))
  const unknown = new Set(changes.flatMap(({ keys }) => keys).filter((key) => !rows.has(key)))
  await load(log, generation, [...unknown], rows)
  const changed = new Map<string, ProjectionRow<Body> | null>()
  for (const { event, keys } of changes) {
    for (const key of keys) {
      const before = changed.has(key) ? changed.get(key) : rows.get(key)
      const body = projection.evolve(before?.body, event, key)
      changed.set(key, body === undefined ? null : { key, body, version: event.version, position: event.position })
    }
  }
  if (!(await store(log, generation, from, to, changed))) return false
  advance(cache, to, changed)
  return true
}

async function load<Body extends Json>(
  log: Session,
  generation: number,
  keys: readonly string[],
  cached: RowCache<Body>['rows'],
): Promise<void> {
  if (keys.length === 0) return
  const rows = await log.db
    .selectFrom('projection_row')
    .select(['key', 'body', 'version', 'position'])
    .where('generation', '=', generation)
    .where(sql<boolean>`key = any(${keys})`)
    .execute()
  for (const key of keys) cached.set(key, null)
  for (const row of rows) cached.set(row.key, { ...row, body: row.body as Body })
}

async function store<Body extends Json>(
  log: Session,
  generation: number,
  from: number,
  to: number,
  changed: ReadonlyMap<string, ProjectionRow<Body> | null>,
): Promise<boolean> {
  const gone = [...changed].flatMap(([key, row]) => (row === null ? [key] : []))
  const put = [...changed.values()].flatMap((row) =>
    row === null
      ? []
      : `{"key":${JSON.stringify(row.key)},"body":${storableText(row.body)},"version":${row.version},"position":${row.position}}`,
  )
  const { rows } = await sql`
    with advanced as (
      update projection set position = ${to}, updated_at = clock_timestamp()
      where generation = ${generation} and position = ${from} returning generation),
    gone as (
      delete from projection_row r using advanced a where r.generation = a.generation and r.key = any(${gone})),
    put as (
      insert into projection_row (generation, key, body, version, position)
      select a.generation, r.key, r.body, r.version, r.position
      from advanced a, jsonb_to_recordset(${`[${put.join()}]`}::jsonb) as r (key text, body jsonb, version bigint, position bigint)
      on conflict (generation, key) do update
        set body = excluded.body, version = excluded.version, position = excluded.position)
    select from advanced`.execute(log.db)
  return rows.length === 1
}
