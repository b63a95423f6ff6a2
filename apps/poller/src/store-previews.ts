import { answerPaths, dropPreviews, openPaths } from '@plimsoll/event-log'
import type { AnsweredPath, EventLog, PreviewedPath, Session } from '@plimsoll/event-log'
import { answersAtOnce, blameOf, knownRevisions } from './answer-revisions.ts'
import type { Source } from './source.ts'

/** Of the revisions that are previewed, so many are kept per repository, each so long after somebody asked last. */
const keep = 16
const olderThanMs = 24 * 3_600_000

/** To be recorded with what else a poll found. */
export type StoredPreviews = {
  /** Of workflows that wait for what was stored. */
  readonly streams: readonly string[]
  readonly also: (transaction: Session) => Promise<void>
  /** There is more to store. */
  readonly isMore: boolean
}

/** Stores what previews ask for, wakes those who asked, and forgets what was not asked for again. */
export async function storePreviews(
  log: EventLog,
  repository: string,
  stream: string,
  source: Source,
  signal: AbortSignal,
): Promise<StoredPreviews> {
  const open = await openPaths(log, repository)
  const answers: AnsweredPath[] = []
  const revisions = [...Map.groupBy(open, (row) => row.revision)]
  for (const [revision, paths] of revisions.slice(0, answersAtOnce))
    answers.push(...(await storeRevision(log, stream, source, revision, paths, signal)))
  const { dropped, left } = await dropPreviews(log, repository, { keep, olderThanMs })
  if (dropped > 0 && left === 0) await source.forgetPreviews()
  return {
    streams: answers.map((answer) => answer.stream),
    also: (transaction) => answerPaths(transaction, answers),
    isMore: revisions.length > answersAtOnce,
  }
}

async function storeRevision(
  log: EventLog,
  stream: string,
  source: Source,
  revision: string,
  open: readonly PreviewedPath[],
  signal: AbortSignal,
): Promise<readonly AnsweredPath[]> {
  try {
    const known = (await knownRevisions(log, stream)).get(revision)
    const paths = [...new Set(open.map(({ path }) => path))]
    const trees = await source.storePreview({ revision, ref: known?.ref ?? null }, paths, signal)
    return open.map((row) => ({ ...row, tree: trees.get(row.path) ?? '', refused: null }))
  } catch (error) {
    const { message } = blameOf(error, signal)
    return open.map((row) => ({ ...row, tree: null, refused: message }))
  }
}
