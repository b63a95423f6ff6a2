import { createHash } from 'node:crypto'
import {
  repositoryDecider,
  repositoryStream,
  requestRevision,
  whyNoRevision,
  type ObservedRevision,
  type RepositoryEvent,
} from '@plimsoll/domain'
import { readStream, transact, unpark, workOf, type StoredEvent } from '@plimsoll/event-log'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { invalid, precondition, RefusalError } from '../refusal-error.ts'
import { untilStream } from '../wait/until-stream.ts'

const timeoutMs = 90_000

type Asked = { readonly field: string; readonly ref: string; readonly commandId?: string | undefined }

/**
 * Has the poller find out what a branch, tag, ref or commit stands for. A commit by its whole id that the log tells of
 * needs no remote. @throws RefusalError when it stands for nothing, or the remote does not say within 90 s
 */
export async function resolveRevision(
  dependencies: Dependencies,
  call: Call,
  repositoryId: string,
  { field, ref, commandId }: Asked,
): Promise<ObservedRevision> {
  const { log } = dependencies
  const problem = whyNoRevision(ref)
  if (problem !== undefined) throw invalid([{ field, message: problem }])
  const stream = repositoryStream(repositoryId)
  const known = /^[0-9a-f]{40}$/.test(ref) ? await knownRevision(dependencies, stream, ref) : undefined
  if (known !== undefined) return known

  const cause = causeOf(call, { commandId: commandId && partOf(commandId, `resolve ${field}`) })
  const { version, events, state } = await transact(
    log,
    { stream, cause, decider: repositoryDecider },
    requestRevision(ref),
  )
  if (events.length === 0 && !state.asked.includes(ref)) throw tooMany(field, 'revisions are looked up')
  await unpark(log, 'repository', stream)
  const afterVersion = events.at(-1)?.version ?? version
  const find = (stored: StoredEvent) => answerTo(ref, repositoryDecider.decode(stored))
  const answer = await untilStream(dependencies, call, { stream, afterVersion, timeoutMs, find })
  if (answer === undefined) throw await notResolved(dependencies, ref, stream)
  if (answer.type === 'RevisionResolved') return answer.data
  throw precondition(
    `The revision ${ref} cannot be read`,
    answer.type === 'RevisionRefused' ? (state.config?.url ?? repositoryId) : repositoryId,
    answer.type === 'RevisionRefused' ? answer.data.message : 'the repository was deleted meanwhile',
    'Name a branch, a tag, a full ref or a commit that the remote shows; `git ls-remote URL` lists them.',
  )
}

/** The id of one of several records of one command: sent again, each is recorded once. */
export function partOf(commandId: string, part: string): string {
  return createHash('sha256').update(`${commandId}\n${part}`).digest('hex').slice(0, 32)
}

/** So many of a kind wait for an answer that no more are taken. */
export function tooMany(where: string, what: string): RefusalError {
  return new RefusalError('unavailable', [
    {
      what: 'The request is refused for now',
      where,
      because: `too many ${what} at once`,
      try: 'Send it again in a moment; if it stays so, check with `plimsoll doctor` that all services run.',
    },
  ])
}

type Answer = Extract<RepositoryEvent, { type: 'RevisionResolved' | 'RevisionRefused' | 'RepositoryDeleted' }>

function answerTo(ref: string, event: RepositoryEvent): Answer | undefined {
  if (event.type === 'RepositoryDeleted') return event
  const answers = event.type === 'RevisionResolved' || event.type === 'RevisionRefused'
  return answers && event.data.ref === ref ? event : undefined
}

/** A commit never changes: what was observed of it once holds. */
async function knownRevision(
  { log }: Dependencies,
  stream: string,
  revision: string,
): Promise<ObservedRevision | undefined> {
  const events = (await readStream(log, stream)).map(repositoryDecider.decode)
  const found = events.findLast(
    ({ type, data }) => (type === 'RevisionObserved' || type === 'RevisionResolved') && data.revision === revision,
  )
  return found?.data as ObservedRevision | undefined
}

async function notResolved({ log }: Dependencies, ref: string, stream: string): Promise<RefusalError> {
  const work = await workOf(log, 'repository', stream)
  const because =
    work?.parked ?? work?.error ?? (work?.claimed ? 'the remote is slow to answer' : 'no poller took it up')
  return new RefusalError('too-late', [
    {
      what: `The revision ${ref} was not found out within ${timeoutMs / 1_000} s`,
      where: stream,
      because,
      try: 'Check with `plimsoll doctor` that a poller runs and that the remote answers.',
    },
  ])
}
