import { parseDuration } from './duration.ts'
import { boundText, isSameReason } from './fault.ts'
import { derivedId, isId } from './id.ts'
import { isSameJson } from './json/json.ts'
import type { Checked, Problem } from './checked.ts'
import type { Unparked } from './workflow/events/gate-events.ts'

export type CredentialType = 'token' | 'userpass' | 'ssh'

/** A registered remote. Credentials lie sealed beside the log; here is only which kind they are of. */
export type RepositoryConfig = {
  readonly id: string
  readonly url: string
  readonly branch: string
  readonly poll_interval_ms: number
  readonly credentials: CredentialType | null
  readonly ca: string | null
  readonly proxy: string | null
  readonly known_hosts: string | null
}

export type SourceFailureKind =
  | 'unreachable'
  | 'auth-refused'
  | 'not-found'
  | 'branch-missing'
  /** A ref or commit other than the branch. */
  | 'revision-missing'
  | 'host-key'
  | 'tls'
  | 'throttled'
  | 'too-large'
  | 'timeout'
  | 'protocol'
  | 'invalid-url'

/** A commit as it was observed at the head of the branch; `tree` is its root tree. Instants are ISO 8601. */
export type ObservedRevision = {
  readonly revision: string
  readonly tree: string
  readonly message: string
  readonly author: string
  readonly committed_at: string
}

// Stored in the event log: rename or reshape only with an upcaster.
export type RepositoryEvent =
  | { readonly type: 'RepositoryRegistered'; readonly data: RepositoryConfig }
  | { readonly type: 'RepositoryChanged'; readonly data: RepositoryConfig }
  | { readonly type: 'CredentialRotated'; readonly data: { readonly credentials: CredentialType | null } }
  | { readonly type: 'RepositoryDeleted'; readonly data: { readonly id: string } }
  | { readonly type: 'RefreshRequested'; readonly data: { readonly source: 'api' | 'webhook' } }
  | { readonly type: 'RevisionObserved'; readonly data: ObservedRevision }
  | {
      readonly type: 'SourceFailed'
      readonly data: { readonly kind: SourceFailureKind; readonly message: string; readonly retryable: boolean }
    }
  | { readonly type: 'SourceRecovered'; readonly data: { readonly revision: string } }
  /** A person asks what a branch, tag, ref or commit stands for; it need not be the branch that is watched. */
  | { readonly type: 'RevisionRequested'; readonly data: { readonly ref: string } }
  /** The answer: never the head of the branch that is watched, even if it is the same commit. */
  | { readonly type: 'RevisionResolved'; readonly data: ResolvedRevision }
  | { readonly type: 'RevisionRefused'; readonly data: RefusedRevision }
  | { readonly type: 'RepositoryUnparked'; readonly data: Unparked }

export type ResolvedRevision = ObservedRevision & {
  /** As it was asked for. */
  readonly ref: string
}

export type RefusedRevision = { readonly ref: string; readonly kind: SourceFailureKind; readonly message: string }

export type Repository = {
  readonly config: RepositoryConfig | null
  readonly head: ObservedRevision | null
  readonly failure: { readonly kind: SourceFailureKind; readonly message: string; readonly retryable: boolean } | null
  /** Refs that were asked for and have no answer yet, in that order. */
  readonly asked: readonly string[]
}

export const initialRepository: Repository = { config: null, head: null, failure: null, asked: [] }

export function evolveRepository(repository: Repository, { type, data }: RepositoryEvent): Repository {
  switch (type) {
    case 'RepositoryRegistered':
      return { ...initialRepository, config: data }
    case 'RepositoryChanged': {
      const moved = repository.config?.url !== data.url || repository.config.branch !== data.branch
      return { ...repository, config: data, head: moved ? null : repository.head, failure: null }
    }
    case 'CredentialRotated':
      return repository.config === null
        ? repository
        : { ...repository, config: { ...repository.config, credentials: data.credentials }, failure: null }
    case 'RepositoryDeleted':
      return initialRepository
    case 'RefreshRequested':
    case 'RepositoryUnparked':
      return repository
    case 'RevisionObserved':
      return { ...repository, head: data, failure: null }
    case 'SourceFailed':
      return { ...repository, failure: data }
    case 'SourceRecovered':
      return { ...repository, failure: null }
    case 'RevisionRequested':
      return { ...repository, asked: [...repository.asked, data.ref] }
    case 'RevisionResolved':
    case 'RevisionRefused':
      return { ...repository, asked: repository.asked.filter((ref) => ref !== data.ref) }
  }
}

export type RepositoryRequest = {
  readonly id?: string
  readonly url: string
  readonly branch?: string
  readonly poll_interval?: string
  readonly credentials?: CredentialType | null
  readonly ca?: string
  readonly proxy?: string
  readonly known_hosts?: string
}

export const defaultPollIntervalMs = 30_000
const shortestPollIntervalMs = 1_000
const longestPollIntervalMs = 86_400_000

/** Fills the defaults in and checks what needs no network; the URL itself is judged by whoever speaks Git. */
export function repositoryConfig(request: RepositoryRequest): Checked<RepositoryConfig> {
  const problems: Problem[] = []
  const branch = request.branch ?? 'main'
  const id = request.id ?? derivedId('repo', request.url, branch)
  const interval = request.poll_interval === undefined ? defaultPollIntervalMs : parseDuration(request.poll_interval)

  if (!isId(id))
    problems.push({
      field: 'id',
      message: `${JSON.stringify(id)} is no id: use lower-case letters, digits, "-" and ".", at most 63`,
    })
  if (request.url.trim() === '') problems.push({ field: 'url', message: 'is missing' })
  if (interval === undefined || interval < shortestPollIntervalMs || interval > longestPollIntervalMs)
    problems.push({
      field: 'poll_interval',
      message: `${JSON.stringify(request.poll_interval)} is no duration between 1s and 24h: write 30s or 5m`,
    })

  if (problems.length > 0 || interval === undefined) return { ok: false, problems }
  return {
    ok: true,
    value: {
      id,
      url: request.url,
      branch,
      poll_interval_ms: interval,
      credentials: request.credentials ?? null,
      ca: request.ca ?? null,
      proxy: request.proxy ?? null,
      known_hosts: request.known_hosts ?? null,
    },
  }
}

/** Records a registration, or what differs from the one that stands; the same values record nothing. */
export function registerRepository(config: RepositoryConfig, options: { readonly credentialsChanged: boolean }) {
  return (repository: Repository): RepositoryEvent[] => {
    if (repository.config === null) return [{ type: 'RepositoryRegistered', data: config }]
    const events: RepositoryEvent[] = []
    const standing = { ...repository.config, credentials: config.credentials }
    if (!isSameJson(standing, config)) events.push({ type: 'RepositoryChanged', data: config })
    if (options.credentialsChanged || repository.config.credentials !== config.credentials)
      events.push({ type: 'CredentialRotated', data: { credentials: config.credentials } })
    return events
  }
}

export function deleteRepository(repository: Repository): RepositoryEvent[] {
  return repository.config === null ? [] : [{ type: 'RepositoryDeleted', data: { id: repository.config.id } }]
}

export function requestRefresh(source: 'api' | 'webhook') {
  return (repository: Repository): RepositoryEvent[] =>
    repository.config === null ? [] : [{ type: 'RefreshRequested', data: { source } }]
}

/** So many refs may wait for an answer at once. */
export const revisionsAskedAtMost = 20

/** Asks what a ref stands for. What is asked for already gets one answer for all who ask; beyond the limit nothing is recorded. */
export function requestRevision(ref: string) {
  return ({ config, asked }: Repository): RepositoryEvent[] =>
    config === null || asked.includes(ref) || asked.length >= revisionsAskedAtMost
      ? []
      : [{ type: 'RevisionRequested', data: { ref } }]
}

/** Answers what was asked for, and nothing else. */
export function resolveRevision(resolved: ResolvedRevision) {
  return ({ config, asked }: Repository): RepositoryEvent[] =>
    config === null || !asked.includes(resolved.ref) ? [] : [{ type: 'RevisionResolved', data: resolved }]
}

export function refuseRevision({ ref, kind, message }: RefusedRevision) {
  return ({ config, asked }: Repository): RepositoryEvent[] =>
    config === null || !asked.includes(ref)
      ? []
      : [{ type: 'RevisionRefused', data: { ref, kind, message: boundText(message) } }]
}

/** Records a head that differs from the last one; the same head only ends a failure. */
export function observeRevision(revision: ObservedRevision) {
  return (repository: Repository): RepositoryEvent[] => {
    if (repository.config === null) return []
    if (repository.head?.revision !== revision.revision) return [{ type: 'RevisionObserved', data: revision }]
    return repository.failure === null ? [] : [{ type: 'SourceRecovered', data: { revision: revision.revision } }]
  }
}

/** Records a failure once: the same failure again records nothing. */
export function failSource({ kind, message, retryable }: NonNullable<Repository['failure']>) {
  const failure = { kind, message: boundText(message), retryable }
  return (repository: Repository): RepositoryEvent[] =>
    repository.config === null ||
    (repository.failure?.kind === failure.kind && isSameReason(repository.failure.message, failure.message))
      ? []
      : [{ type: 'SourceFailed', data: failure }]
}
