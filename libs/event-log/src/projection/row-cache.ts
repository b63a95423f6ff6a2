import type { Json } from '../json.ts'
import type { ProjectionRow } from './projection.ts'

/** Rows of a generation as they were at `position`; null for a key that has none. At another position they say nothing. */
export type RowCache<Body extends Json> = {
  readonly rows: Map<string, ProjectionRow<Body> | null>
  position: number
}

const MAX_ROWS = 20_000

export function emptyCache<Body extends Json>(): RowCache<Body> {
  return { rows: new Map(), position: 0 }
}

/** Makes a cache good for a position: someone else may have folded since it was filled. */
export function cacheAt<Body extends Json>(cache: RowCache<Body>, position: number): RowCache<Body> {
  if (cache.position !== position) cache.rows.clear()
  cache.position = position
  return cache
}

/** Takes in what a batch changed, and forgets the rows that did not change for longest. */
export function advance<Body extends Json>(
  cache: RowCache<Body>,
  position: number,
  changed: ReadonlyMap<string, ProjectionRow<Body> | null>,
): void {
  const { rows } = cache
  for (const [key, row] of changed) {
    rows.delete(key)
    rows.set(key, row)
  }
  cache.position = position
  const surplus = rows.size - MAX_ROWS
  if (surplus > 0) for (const key of rows.keys().take(surplus)) rows.delete(key)
}
