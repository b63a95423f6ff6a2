import { refuseRevision, repositoryCodec, resolveRevision } from '@plimsoll/domain'
import type { ObservedRevision, Repository, RepositoryEvent, SourceFailureKind } from '@plimsoll/domain'
import { readStream } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import {
  DamagedMirrorError,
  InvalidBranchError,
  InvalidRefError,
  InvalidRemoteUrlError,
  SourceError,
} from '@plimsoll/git'
import type { Source } from './source.ts'

export type Decision = (repository: Repository) => RepositoryEvent[]

/** So many are answered before the branch is looked at again: each may take a minute. */
export const answersAtOnce = 2

/**
 * Answers what refs stand for, and has the commits ready to be stored. What the remote is to blame for is an answer too;
 * whoever asked may ask again.
 */
export async function answerRevisions(
  log: EventLog,
  stream: string,
  source: Source,
  { asked }: Repository,
  signal: AbortSignal,
): Promise<readonly Decision[]> {
  if (asked.length === 0) return []
  const known = [...(await knownRevisions(log, stream)).keys()]
  const decisions: Decision[] = []
  for (const ref of asked.slice(0, answersAtOnce)) {
    try {
      decisions.push(resolveRevision({ ...(await source.resolve(ref, known, signal)), ref }))
    } catch (error) {
      decisions.push(refuseRevision({ ref, ...blameOf(error, signal) }))
    }
  }
  return decisions
}

/** Nothing can be asked of the remote, as it cannot be opened. */
export function refuseAll({ asked }: Repository, error: unknown, signal: AbortSignal): readonly Decision[] {
  return asked.map((ref) => refuseRevision({ ref, ...blameOf(error, signal) }))
}

/** What the remote, or how it was registered, is to blame for. Throws what is a fault of our own. */
export function blameOf(
  error: unknown,
  signal: AbortSignal,
): { readonly kind: SourceFailureKind; readonly message: string } {
  if (!signal.aborted && error instanceof SourceError) return { kind: error.kind, message: error.message }
  // Whoever can push a ref can push one that is not sound: it must not keep the branch from being looked at.
  if (error instanceof DamagedMirrorError) return { kind: 'protocol', message: error.message }
  if (error instanceof InvalidRefError) return { kind: 'revision-missing', message: error.message }
  if (error instanceof InvalidRemoteUrlError || error instanceof InvalidBranchError)
    return { kind: 'invalid-url', message: error.message }
  throw error
}

/** Every revision that the repository's log tells of, with the ref that it was asked for by, if it was. */
export async function knownRevisions(
  log: EventLog,
  stream: string,
): Promise<ReadonlyMap<string, ObservedRevision & { readonly ref?: string }>> {
  const events = (await readStream(log, stream)).map(repositoryCodec.decode)
  return new Map(
    events.flatMap(({ type, data }) =>
      type === 'RevisionObserved' || type === 'RevisionResolved' ? [[data.revision, data] as const] : [],
    ),
  )
}
