import { evolveRepository, failSource, observeRevision, repositoryDecider, repositoryStream } from '@plimsoll/domain'
import type { ObservedRevision, Repository, RepositoryConfig, RepositoryEvent } from '@plimsoll/domain'
import {
  causeFrom,
  deleteGitObjects,
  foldStream,
  forgetPreviews,
  forgetWatchedTrees,
  setWatchedTrees,
  watchedPaths,
} from '@plimsoll/event-log'
import type { Claim, EventLog, Finish, Folded, Session, Wake, WatchedPath } from '@plimsoll/event-log'
import { InvalidBranchError, InvalidRemoteUrlError, SourceError } from '@plimsoll/git'
import { answerRevisions, answersAtOnce, refuseAll } from './answer-revisions.ts'
import type { Decision } from './answer-revisions.ts'
import { backOff, jittered } from './interval.ts'
import type { Source } from './source.ts'
import type { StoredPath } from './store-objects.ts'
import { storePreviews } from './store-previews.ts'
import type { StoredPreviews } from './store-previews.ts'
import type { Sweep } from './sweep-objects.ts'

export type Dependencies = {
  readonly log: EventLog
  readonly openSource: (config: RepositoryConfig) => Promise<Source>
  /** Marks old Git objects, now and then. */
  readonly sweep?: ((repository: string, stream: string) => Promise<Sweep | undefined>) | undefined
}

/** Polls one repository: records a new head or a failure, and wakes the workflows of which a path changed. */
export function pollRepository({ log, openSource, sweep }: Dependencies) {
  return async (claim: Claim, { signal }: { readonly signal: AbortSignal }): Promise<Finish> => {
    const id = claim.stream.slice(repositoryStream('').length)
    const folded = await foldStream(log, claim.stream, repositoryDecider)
    const { config } = folded.state
    if (config === null) return { done: folded.version, also: (transaction) => forget(transaction, id) }
    let answers: readonly Decision[] | undefined
    let previews: StoredPreviews | undefined
    try {
      const source = await openSource(config)
      // Somebody waits for these; what the remote is to blame for does not keep the branch from being looked at.
      answers = await answerRevisions(log, claim.stream, source, folded.state, signal)
      previews = await storePreviews(log, id, claim.stream, source, signal)
      const stored = previews
      const watched = await watchedPaths(log, config.id)
      const { revision, trees } = await observe(source, folded.state, watched, signal)
      const moved = watched.flatMap((row) => {
        const tree = trees.get(row.path)
        return tree === undefined || tree === row.tree ? [] : [{ ...row, tree }]
      })
      const swept = await sweep?.(id, claim.stream)
      return {
        ...record(claim, folded, [...answers, observeRevision(revision)]),
        wake: plansOf([...stored.streams, ...moved.map(({ stream }) => stream)]),
        also: async (transaction) => {
          await stored.also(transaction)
          await setWatchedTrees(transaction, moved)
          // What was just stored may need what was marked: it is left for the next time.
          if (moved.length === 0) await swept?.(transaction)
        },
        retryInMs: stored.isMore || folded.state.asked.length > answersAtOnce ? 0 : jittered(config.poll_interval_ms),
      }
    } catch (error) {
      const failure = signal.aborted ? undefined : failureOf(error)
      if (failure === undefined) throw error
      // Whoever else asked is answered before the branch is tried again.
      const waits = answers !== undefined && folded.state.asked.length > answersAtOnce
      const pauseMs = waits || previews?.isMore ? 0 : backOff(config.poll_interval_ms, claim.attempts)
      return {
        ...record(claim, folded, [...(answers ?? refuseAll(folded.state, error, signal)), failSource(failure)]),
        ...(previews && { wake: plansOf(previews.streams), also: previews.also }),
        retryInMs: (error as Partial<SourceError>).retryAfterMs ?? pauseMs,
        error: failure.message,
      }
    }
  }
}

function plansOf(streams: readonly string[]): readonly Wake[] {
  return [...new Set(streams)].map((stream) => ({ role: 'plan', stream }))
}

/** What the remote, or how it was registered, is to blame for; undefined for faults of our own. */
function failureOf(error: unknown): NonNullable<Repository['failure']> | undefined {
  if (error instanceof SourceError) return { kind: error.kind, message: error.message, retryable: error.retryable }
  if (error instanceof InvalidRemoteUrlError || error instanceof InvalidBranchError)
    return { kind: 'invalid-url', message: error.message, retryable: false }
  return undefined
}

/** Fetches only what a new head, or a path that is watched since, asks for. */
async function observe(
  source: Source,
  { head }: Repository,
  watched: readonly WatchedPath[],
  signal: AbortSignal,
): Promise<{ revision: ObservedRevision; trees: ReadonlyMap<string, string> }> {
  const commit = await source.head(signal)
  if (head?.revision === commit && watched.every(({ tree }) => tree !== null))
    return { revision: head, trees: new Map() }
  const revision = await source.fetch(commit, signal)
  return { revision, trees: await source.store(revision, storedPaths(watched)) }
}

/** Each path once; as not stored if one of those who watch it has not been told of it. */
function storedPaths(watched: readonly WatchedPath[]): readonly StoredPath[] {
  return [...Map.groupBy(watched, ({ path }) => path)].map(([path, rows]) => {
    const [known = null, ...others] = new Set(rows.map(({ tree }) => tree))
    return { path, known: others.length === 0 ? known : null }
  })
}

async function forget(session: Session, repository: string): Promise<void> {
  await deleteGitObjects(session, repository)
  await forgetPreviews(session, repository)
  await forgetWatchedTrees(session, repository)
}

function record(
  { stream }: Claim,
  { state, version, last }: Folded<Repository>,
  decisions: readonly Decision[],
): Pick<Finish, 'done' | 'append'> {
  const decided = decisions.reduce<readonly RepositoryEvent[]>(
    (events, decide) => [...events, ...decide(events.reduce(evolveRepository, state))],
    [],
  )
  const events = decided.map(repositoryDecider.encode)
  return {
    done: version + events.length,
    append: events.length === 0 ? [] : [{ stream, expectedVersion: version, events, cause: causeFrom(last, 'poller') }],
  }
}
