import { expect, test } from 'vitest'
import { asStored } from '../test/as-stored.ts'
import { repositorySamples as sample } from '../test/samples.ts'
import { repositoryDecider } from './deciders.ts'
import {
  deleteRepository,
  failSource,
  observeRevision,
  refuseRevision,
  registerRepository,
  repositoryConfig,
  requestRefresh,
  requestRevision,
  resolveRevision,
  revisionsAskedAtMost,
} from './repository.ts'
import type { Repository, RepositoryEvent, RepositoryRequest } from './repository.ts'
import { given } from './testing.ts'

const { RepositoryRegistered: registered, RevisionObserved: observed, SourceFailed: failed } = sample
const { RepositoryDeleted: deleted, CredentialRotated: rotated } = sample
const config = registered.data
const head = observed.data
const next = { ...head, revision: 'beef'.padEnd(40, '0') }
const branched = { ...config, branch: 'stable' }
const changed: RepositoryEvent = { type: 'RepositoryChanged', data: branched }
const nextObserved: RepositoryEvent = { type: 'RevisionObserved', data: next }
const recovered: RepositoryEvent = { type: 'SourceRecovered', data: { revision: head.revision } }
const timedOut: RepositoryEvent = {
  type: 'SourceFailed',
  data: { kind: 'timeout', message: 'no answer in 30s', retryable: true },
}
const slower: RepositoryEvent = { type: 'RepositoryChanged', data: { ...config, poll_interval_ms: 60_000 } }
const withSsh = { ...config, credentials: 'ssh' } as const
const register = (to = config, credentialsChanged = false) => registerRepository(to, { credentialsChanged })

const { RevisionRequested: asked, RevisionResolved: resolved, RevisionRefused: refused } = sample
const many = Array.from({ length: revisionsAskedAtMost }, (_, index): RepositoryEvent => ({
  type: 'RevisionRequested',
  data: { ref: `pull/${index}/head` },
}))

type Decision = (repository: Repository) => readonly RepositoryEvent[]

test.each<[string, readonly RepositoryEvent[], Decision, readonly RepositoryEvent[]]>([
  ['a new repository is registered', [], register(), [registered]],
  ['the same values record nothing', [registered], register(), []],
  ['the same values record nothing after a commit', [registered, observed], register(), []],
  ['other values are a change', [registered], register(branched), [changed]],
  ['a changed value that is set back is a change', [registered, changed], register(), [{ ...changed, data: config }]],
  ['another secret of the same kind is a rotation', [registered], register(config, true), [sampleRotation('token')]],
  ['credentials of another kind are a rotation', [registered], register(withSsh), [rotated]],
  [
    'credentials taken away are a rotation',
    [registered],
    register({ ...config, credentials: null }),
    [sampleRotation(null)],
  ],
  [
    'a change of values and of the secret is both',
    [registered],
    register({ ...branched, credentials: 'ssh' }),
    [{ type: 'RepositoryChanged', data: { ...branched, credentials: 'ssh' } }, rotated],
  ],
  ['what was deleted is registered anew', [registered, deleted], register(), [registered]],
  ['a repository is deleted', [registered], deleteRepository, [deleted]],
  ['what is deleted is not deleted again', [registered, deleted], deleteRepository, []],
  ['what never was is not deleted', [], deleteRepository, []],
  ['a refresh is asked for', [registered], requestRefresh('webhook'), [sample.RefreshRequested]],
  ['what a ref stands for is asked', [registered], requestRevision(asked.data.ref), [asked]],
  ['what is asked already is not asked again', [registered, asked], requestRevision(asked.data.ref), []],
  ['what was answered is asked again', [registered, asked, resolved], requestRevision(asked.data.ref), [asked]],
  ['a repository that is deleted is asked nothing', [registered, deleted], requestRevision('main'), []],
  ['a repository that is busy with many is asked no more', [registered, ...many], requestRevision('main'), []],
  ['a ref is resolved', [registered, asked], resolveRevision(resolved.data), [resolved]],
  ['a ref is refused', [registered, asked], refuseRevision(refused.data), [refused]],
  ['what nobody asked is not resolved', [registered], resolveRevision(resolved.data), []],
  ['what nobody asked is not refused', [registered, asked, resolved], refuseRevision(refused.data), []],
  [
    'a change of the URL leaves what is asked',
    [registered, asked, changed],
    resolveRevision(resolved.data),
    [resolved],
  ],
  ['what is deleted is not refreshed', [registered, deleted], requestRefresh('api'), []],
  ['the first head is observed', [registered], observeRevision(head), [observed]],
  ['the same head is observed once', [registered, observed], observeRevision(head), []],
  ['the same head is observed once, also after a change', [registered, observed, slower], observeRevision(head), []],
  ['the same head is observed once, also after a rotation', [registered, observed, rotated], observeRevision(head), []],
  ['another head is observed', [registered, observed], observeRevision(next), [nextObserved]],
  ['the same head ends a failure', [registered, observed, failed], observeRevision(head), [recovered]],
  ['another head ends a failure by itself', [registered, observed, failed], observeRevision(next), [nextObserved]],
  ['a failure ends once', [registered, observed, failed, recovered], observeRevision(head), []],
  [
    'a head is observed again after the branch changed',
    [registered, observed, changed],
    observeRevision(head),
    [observed],
  ],
  ['a deleted repository has no head', [registered, deleted], observeRevision(head), []],
  ['a failure is recorded', [registered], failSource(failed.data), [failed]],
  ['the same failure is recorded once', [registered, failed], failSource(failed.data), []],
  [
    'a number in its message that differs is no news',
    [registered, { type: 'SourceFailed', data: { ...failed.data, message: 'wait 12 s' } }],
    failSource({ ...failed.data, message: 'wait 9 s' }),
    [],
  ],
  ['another failure is recorded', [registered, failed], failSource(timedOut.data), [timedOut]],
  [
    'a failure that comes back is recorded',
    [registered, observed, failed, recovered],
    failSource(failed.data),
    [failed],
  ],
  [
    'the same failure is recorded again after a rotation',
    [registered, failed, rotated],
    failSource(failed.data),
    [failed],
  ],
  ['a deleted repository has no failure', [registered, deleted], failSource(failed.data), []],
])('%s', (_title, events, decide, recorded) => {
  expect(given(repositoryDecider, ...events).when(decide)).toEqual(recorded)
})

function sampleRotation(credentials: 'token' | null): RepositoryEvent {
  return { type: 'CredentialRotated', data: { credentials } }
}

test('a registration that the log gives back in its own order of keys is the same registration', () => {
  expect(given(repositoryDecider, asStored(registered)).when(register())).toEqual([])
})

test('a change of anything but URL and branch keeps the head', () => {
  expect(given(repositoryDecider, registered, observed, slower).state.head).toEqual(head)
  expect(given(repositoryDecider, registered, observed, changed).state.head).toBeNull()
})

const minimal: RepositoryRequest = { url: 'https://git.example.com/shop.git' }

test.each([
  ['id', 'repo-0bf38d6e0df709cb'],
  ['branch', 'main'],
  ['poll_interval_ms', 30_000],
  ['credentials', null],
  ['ca', null],
  ['proxy', null],
  ['known_hosts', null],
] as const)('a repository has the default %s = %s', (field, value) => {
  const checked = repositoryConfig(minimal)
  expect(checked).toMatchObject({ ok: true, value: { [field]: value } })
})

test('an id is derived from URL and branch, so that a script run twice finds what it made', () => {
  const idOf = (request: RepositoryRequest) => {
    const checked = repositoryConfig(request)
    return checked.ok ? checked.value.id : undefined
  }
  expect(idOf({ ...minimal, branch: 'main', poll_interval: '5m' })).toBe(idOf(minimal))
  expect(idOf({ ...minimal, branch: 'stable' })).not.toBe(idOf(minimal))
  expect(idOf({ url: `${minimal.url}/` })).not.toBe(idOf(minimal))
  expect(idOf({ ...minimal, id: 'shop' })).toBe('shop')
})

test('what is said is kept', () => {
  const texts = { ca: config.ca ?? '', proxy: config.proxy ?? '', known_hosts: config.known_hosts ?? '' }
  expect(repositoryConfig({ ...config, ...texts, poll_interval: '30s' })).toEqual({ ok: true, value: config })
})

test.each<[string, Partial<RepositoryRequest>, readonly string[]]>([
  ['an id with capitals', { id: 'Shop' }, ['id']],
  ['an empty id', { id: '' }, ['id']],
  ['an empty URL', { url: ' ' }, ['url']],
  ['an interval without a unit', { poll_interval: '30' }, ['poll_interval']],
  ['an interval below a second', { poll_interval: '999ms' }, ['poll_interval']],
  ['an interval that no timer can wait for', { poll_interval: '999999999d' }, ['poll_interval']],
  ['an empty interval', { poll_interval: '' }, ['poll_interval']],
  ['three at once', { id: '-', url: '', poll_interval: 'soon' }, ['id', 'url', 'poll_interval']],
])('a repository with %s is refused', (_title, wrong, fields) => {
  const checked = repositoryConfig({ ...minimal, ...wrong })
  expect(checked.ok ? [] : checked.problems.map(({ field }) => field)).toEqual(fields)
})

test.each(['1s', '24h'])('a poll interval of %s is taken', (poll_interval) => {
  expect(repositoryConfig({ ...minimal, poll_interval }).ok).toBe(true)
})

test('what a ref stands for is no head of the branch, and hides no failure', () => {
  const { state } = given(repositoryDecider, registered, observed, failed, asked, resolved)
  expect(state).toMatchObject({ head, failure: { kind: failed.data.kind }, asked: [] })
})
