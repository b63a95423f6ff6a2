import type { Json } from '../json.ts'
import type { ProjectionRow } from './projection.ts'

/** Rows as they are after the last batch; null for a key that has none. Valid only while nobody else folds the generation. */
export type RowCache<Body extends Json> = Map<string, ProjectionRow<Body> | null>

const MAX_ROWS = 20_000

/** Forgets the rows that were not used for longest. */
export function trim<Body extends Json>(cache: RowCache<Body>): void {
  const surplus = cache.size - MAX_ROWS
  if (surplus <= 0) return
  for (const key of cache.keys().take(surplus)) cache.delete(key)
}
