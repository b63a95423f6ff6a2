import { repositoryDecider } from '@plimsoll/domain'
import type { RetentionPolicy } from '@plimsoll/domain'
import { getGitObjects, gitTreesSince, previewedTrees, readStream, sweepGitObjects } from '@plimsoll/event-log'
import type { EventLog, SealKey, Session } from '@plimsoll/event-log'
import { InvalidTreeError, parseTree } from '@plimsoll/git'

export type SweepOptions = {
  readonly log: EventLog
  readonly sealOf: (repository: string) => SealKey
  /** Undefined: nothing is ever dropped. */
  readonly policy: RetentionPolicy | undefined
  readonly everyMs?: number
  readonly firstAfterMs?: number
  /** A repository that holds more is left as it is: to mark it would take too much memory. 500,000 by default. */
  readonly objectsAtMost?: number
}

/** Deletes what was marked as old, in the transaction that ends the poll. */
export type Sweep = (transaction: Session) => Promise<void>

const folder = '40000'
const treesAtOnce = 2_000
const blobsAtOnce = 20_000

/**
 * Looks now and then which Git objects no kept revision of a repository leads to: the newest of its branch, by age and count, and
 * what is previewed. Only who holds the repository's claim may sweep, as whoever stores takes what is there for whole.
 */
export function openSweeper({
  log,
  sealOf,
  policy,
  everyMs = 86_400_000,
  firstAfterMs = 600_000,
  objectsAtMost = 500_000,
}: SweepOptions) {
  const dueAt = new Map<string, number>()
  return async (repository: string, stream: string, now = Date.now()): Promise<Sweep | undefined> => {
    const due = dueAt.get(repository) ?? now + firstAfterMs
    dueAt.set(repository, due)
    if (policy === undefined || now < due) return undefined
    dueAt.set(repository, now + everyMs)
    const seal = sealOf(repository)
    const previewed = await previewedTrees(log, repository, seal)
    const olderThan = new Date(now - policy.ageMs)
    // A tree that is not deleted yet has to stay a whole one, also where a crash kept its commit from being recorded.
    const young = await gitTreesSince(log, repository, olderThan, objectsAtMost + 1)
    const roots = [...(await keptRoots(log, stream, policy, now)), ...previewed.flatMap(foldersOf), ...young]
    const live = await reachable(log, repository, seal, roots, objectsAtMost)
    for (const tree of previewed) for (const { oid } of entriesOf(tree)) live?.add(oid)
    if (live === undefined) return undefined
    return async (transaction) => {
      const { isMore } = await sweepGitObjects(transaction, repository, { live: [...live], olderThan, blobsAtOnce })
      if (isMore) dueAt.set(repository, 0)
    }
  }
}

/** Root trees of the revisions that were the branch's head, and are young, or among the newest. */
async function keptRoots(
  log: EventLog,
  stream: string,
  { ageMs, count }: RetentionPolicy,
  now: number,
): Promise<readonly string[]> {
  const seen = (await readStream(log, stream)).flatMap((stored) => {
    const { type, data } = repositoryDecider.decode(stored)
    return type === 'RevisionObserved' ? [{ tree: data.tree, at: stored.recordedAt.getTime() }] : []
  })
  return seen
    .filter((_, index) => index >= seen.length - count || (seen[index + 1]?.at ?? now) > now - ageMs)
    .map(({ tree }) => tree)
}

/** All that roots lead to; undefined when that is too much. The bodies of so many trees are in memory at once. */
async function reachable(
  log: EventLog,
  repository: string,
  seal: SealKey,
  roots: readonly string[],
  objectsAtMost: number,
): Promise<Set<string> | undefined> {
  const live = new Set(roots)
  if (live.size > objectsAtMost) return undefined
  let level = [...live]
  while (level.length > 0) {
    const below = new Set<string>()
    for (let start = 0; start < level.length; start += treesAtOnce) {
      const trees = await getGitObjects(log, repository, level.slice(start, start + treesAtOnce), seal)
      for (const { body } of trees.values())
        for (const { mode, oid } of entriesOf(body)) {
          if (mode === folder && !live.has(oid)) below.add(oid)
          live.add(oid)
        }
      if (live.size > objectsAtMost) return undefined
    }
    level = [...below]
  }
  return live
}

function foldersOf(tree: Uint8Array): readonly string[] {
  return entriesOf(tree).flatMap(({ mode, oid }) => (mode === folder ? [oid] : []))
}

function entriesOf(tree: Uint8Array) {
  try {
    return parseTree(tree)
  } catch (error) {
    if (error instanceof InvalidTreeError) return []
    throw error
  }
}
