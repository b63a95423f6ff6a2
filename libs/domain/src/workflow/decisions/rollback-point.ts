import { trimmedText } from '../state/history.ts'
import type { DoneSync, History } from '../state/history.ts'
import type { RollbackTarget } from '../events/rollback-events.ts'

/** How far back a rollback shall go; a revision may be shortened. */
export type RollbackPoint = { readonly revision: string } | { readonly instant: string }

export type ResolvedPoint =
  | { readonly found: 'target'; readonly target: RollbackTarget }
  /** The cluster is there already. */
  | { readonly found: 'here' }
  | { readonly found: 'nothing'; readonly because: string }

/** Which syncs lie after a point of the past. */
export function resolvePoint(history: History, point: RollbackPoint): ResolvedPoint {
  return 'revision' in point ? atRevision(history, point.revision) : atInstant(history, point.instant)
}

function atRevision({ workflow, done, trimmed }: History, wanted: string): ResolvedPoint {
  if (workflow.applied?.revision.startsWith(wanted) && done.at(-1)?.hasFailed !== true) return { found: 'here' }
  const isMeant = ({ before }: DoneSync) => before.applied?.revision.startsWith(wanted) === true
  let first = done.findLastIndex(isMeant)
  const meant = done[first]?.before.applied?.revision
  if (meant === undefined)
    return {
      found: 'nothing',
      because: `no sync that can be undone came after revision ${wanted}; ${knownText(done)}${trimmed === null ? '' : `; ${trimmedText(trimmed)}`}`,
    }
  // A sync that failed changes what lives, and not what counts as applied: it is undone with those after it.
  while (done[first - 1]?.before.applied?.revision === meant) first -= 1
  return targetAt(done, first)
}

function atInstant({ done, undone, trimmed }: History, instant: string): ResolvedPoint {
  if (trimmed?.lostFrom && instant < trimmed.lostFrom) return { found: 'nothing', because: trimmedText(trimmed) }
  const lost = undone.find(({ from, until }) => from <= instant && instant < until)
  if (lost !== undefined)
    return {
      found: 'nothing',
      because: `at that instant revision ${lost.revision.slice(0, 12)} was applied, which has been rolled back since`,
    }
  const first = done.findIndex(({ startedAt }) => startedAt > instant)
  return first < 0 ? { found: 'here' } : targetAt(done, first)
}

function targetAt(done: readonly DoneSync[], first: number): ResolvedPoint {
  const sync = done[first]
  return sync === undefined
    ? { found: 'here' }
    : { found: 'target', target: { undo_from: sync.id, revision: sync.before.applied?.revision ?? null } }
}

function knownText(done: readonly DoneSync[]): string {
  const known = [...new Set(done.flatMap(({ before }) => before.applied?.revision.slice(0, 12) ?? []))]
  return known.length === 0 ? 'there is none to go back to' : `known are ${known.slice(-10).join(', ')}`
}
