import { evolveRepository, initialRepository } from './repository.ts'
import type { Repository, RepositoryEvent } from './repository.ts'

/** What is shown of a repository. `failing_since`: since when its remote cannot be read; ISO 8601. */
export type RepositoryRow = Repository & { readonly failing_since: string | null }

export const initialRepositoryRow: RepositoryRow = { ...initialRepository, failing_since: null }

/** `at`: when the event was recorded. Another reason is no other failure. */
export function evolveRepositoryRow(row: RepositoryRow, event: RepositoryEvent, at: string): RepositoryRow {
  const { failing_since: since, ...repository } = row
  const next = evolveRepository(repository, event)
  return { ...next, failing_since: next.failure === null ? null : (since ?? at) }
}
