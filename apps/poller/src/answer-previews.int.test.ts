import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  registerRepository,
  repositoryConfig,
  repositoryDecider,
  repositoryStream,
  requestRevision,
} from '@plimsoll/domain'
import type { Repository, RepositoryEvent } from '@plimsoll/domain'
import {
  askForPaths,
  claim,
  finish,
  foldStream,
  getGitObjects,
  openPaths,
  previewStore,
  readStream,
  sealKey,
  takeRefusal,
  transact,
  wake,
  watchedPaths,
  watchPaths,
  workOf,
} from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { gitHttpServer, until } from '@plimsoll/harness'
import type { GitHttpServer } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import { openSources } from './open-source.ts'
import { pollRepository } from './poll-repository.ts'

const stack = new AsyncDisposableStack()
const installationKey = randomBytes(32)
let git: GitHttpServer
let log: EventLog
let cacheDir: string
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'plimsoll test-'))
  stack.defer(() => rm(cacheDir, { recursive: true, force: true }))
  git = stack.use(await gitHttpServer())
  log = stack.use(await freshLog())
})
afterAll(() => stack.disposeAsync())

let names = 0

/** A registered repository with one commit on its branch, and a poller that is asked to look once. */
async function setUp() {
  const id = `r${names++}`
  const stream = repositoryStream(id)
  const repository = await git.createRepository(id)
  const first = await repository.commit({ 'k8s/a.yaml': 'a: 1\n', 'other/b.yaml': 'b: 1\n' }, 'First')
  const checked = repositoryConfig({ id, url: git.url(id) })
  if (!checked.ok) throw new Error('the configuration of a test must be sound')
  const record = (decide: (state: Repository) => RepositoryEvent[]) =>
    transact(
      log,
      { stream, cause: { commandId: randomBytes(8).toString('hex'), actor: 'tester' }, decider: repositoryDecider },
      decide,
    )
  await record(registerRepository(checked.value, { credentialsChanged: false }))
  const sources = stack.use(
    openSources({ log, installationKey, cacheDir, allowFileRemotes: false, knownHosts: undefined }),
  )
  const handle = pollRepository({ log, openSource: sources.open })
  const poll = async () => {
    await wake(log, 'repository', [{ stream }])
    const [mine] = await claim(log, { role: 'repository', owner: 'test', leaseMs: 60_000, limit: 1, streams: [stream] })
    if (mine === undefined) throw new Error('the repository cannot be claimed')
    await finish(log, mine, await handle(mine, { signal: new AbortController().signal }))
  }
  const stray = (files: Readonly<Record<string, string>>, ref: string) => repository.commit(files, 'Stray', ref)
  const seal = sealKey(installationKey, `repository:${id}`)
  return {
    id,
    stream,
    repository,
    first,
    poll,
    stray,
    ask: (ref: string) => record(requestRevision(ref)),
    events: async () => (await readStream(log, stream)).map(repositoryDecider.decode),
    state: async () => (await foldStream(log, stream, repositoryDecider)).state,
    kept: async (store: string, oid: string) => (await getGitObjects(log, store, [oid], seal)).get(oid)?.type,
  }
}

test('a pull request is resolved, and is not the head of the branch', async () => {
  const { poll, ask, stray, state, events, first } = await setUp()
  await poll()
  const commit = await stray({ 'k8s/a.yaml': 'a: 2\n' }, 'refs/pull/7/head')
  await ask('refs/pull/7/head')
  await poll()
  expect((await events()).at(-1)).toMatchObject({
    type: 'RevisionResolved',
    data: { ref: 'refs/pull/7/head', revision: commit, message: 'Stray' },
  })
  expect(await state()).toMatchObject({ head: { revision: first }, asked: [], failure: null })
  await poll()
  expect((await events()).filter(({ type }) => type === 'RevisionObserved')).toHaveLength(1)
})

test('what cannot be resolved is refused with the reason, and the branch is looked at all the same', async () => {
  const { poll, ask, state, events, first } = await setUp()
  await ask('nothing')
  await ask('--upload-pack=x')
  await poll()
  expect((await events()).slice(-3)).toMatchObject([
    { type: 'RevisionRefused', data: { ref: 'nothing', kind: 'revision-missing' } },
    { type: 'RevisionRefused', data: { ref: '--upload-pack=x', message: expect.stringContaining('dash') as string } },
    { type: 'RevisionObserved', data: { revision: first } },
  ])
  expect(await state()).toMatchObject({ asked: [], failure: null })
})

test('many that ask are answered in turns, and the branch is looked at in between', async () => {
  const { poll, ask, state, repository, stream } = await setUp()
  for (const ref of ['main', 'HEAD', 'refs/heads/main']) await ask(ref)
  await poll()
  expect((await state()).asked).toEqual(['refs/heads/main'])
  const due = (await workOf(log, 'repository', stream))?.nextAt?.getTime() ?? Infinity
  expect(due).toBeLessThan(Date.now() + 5_000)
  const second = await repository.commit({ 'k8s/a.yaml': 'a: 2\n' }, 'Second')
  await poll()
  expect(await state()).toMatchObject({ asked: [], head: { revision: second } })
})

test('a remote that is away refuses what is asked, and is a failure of the source as ever', async () => {
  const { poll, ask, state, events, stream } = await setUp()
  await ask('main')
  await git.stop()
  try {
    await poll()
  } finally {
    await git.start()
  }
  expect((await events()).slice(-2)).toMatchObject([
    { type: 'RevisionRefused', data: { ref: 'main', kind: 'unreachable' } },
    { type: 'SourceFailed', data: { kind: 'unreachable' } },
  ])
  expect(await state()).toMatchObject({ asked: [] })
  expect(await workOf(log, 'repository', stream)).toMatchObject({ parked: null })
})

test('what a preview asks for is stored apart, without what the branch has already', async () => {
  const { id, poll, ask, stray, kept, repository, first } = await setUp()
  const workflow = `workflow-${id}`
  await watchPaths(log, { repository: id, stream: workflow, paths: ['k8s'] })
  await poll()
  const commit = await stray({ 'k8s/new.yaml': 'n: 1\n', 'base/c.yaml': 'c: 1\n' }, 'refs/pull/1/head')
  await ask('pull/1/head')
  await poll()
  await askForPaths(log, { repository: id, revision: commit, stream: workflow }, ['k8s', 'base', 'gone'])
  await poll()
  expect(await openPaths(log, id)).toEqual([])
  const store = previewStore(id, commit)
  const at = (path: string) => repository.git('rev-parse', `${commit}:${path}`)
  expect(await kept(store, await at('k8s'))).toBe('tree')
  expect(await kept(store, await at('k8s/new.yaml'))).toBe('blob')
  expect(await kept(store, await at('base/c.yaml'))).toBe('blob')
  expect(await kept(store, await at('k8s/a.yaml'))).toBeUndefined()
  expect(await kept(id, await at('k8s/a.yaml'))).toBe('blob')
  expect(await kept(id, await at('k8s/new.yaml'))).toBeUndefined()
  // Nothing of it is what the branch has at the path.
  const [watched] = await watchedPaths(log, id)
  expect(watched?.tree).toBe(await repository.git('rev-parse', `${first}:k8s`))
  expect(await workOf(log, 'plan', workflow)).toMatchObject({ nextAt: expect.any(Date) as Date })
})

test('a commit that was the head long ago is fetched by its id', async () => {
  const { id, poll, kept, repository, first } = await setUp()
  await poll()
  await repository.commit({ 'k8s/a.yaml': 'a: 2\n' }, 'Second')
  await poll()
  await askForPaths(log, { repository: id, revision: first, stream: 'workflow-x' }, ['k8s'])
  await poll()
  expect(await kept(previewStore(id, first), await repository.git('rev-parse', `${first}:k8s/a.yaml`))).toBe('blob')
})

test('paths of a commit that nobody has are refused', async () => {
  const { id, poll } = await setUp()
  const of = { repository: id, revision: 'f'.repeat(40), stream: 'workflow-x' }
  await askForPaths(log, of, ['k8s'])
  await poll()
  expect(await takeRefusal(log, of)).toMatch(/cannot read f{40}/)
})

test('of many pull requests only so many are kept', async () => {
  const { id, poll, stray, kept, repository } = await setUp()
  const commits: string[] = []
  for (let index = 0; index < 18; index++) {
    const commit = await stray({ 'k8s/a.yaml': `a: pr ${index}\n` }, `refs/pull/${index}/head`)
    commits.push(commit)
    await askForPaths(log, { repository: id, revision: commit, stream: 'workflow-x' }, ['k8s'])
  }
  await until(
    async () => {
      await poll()
      return (await openPaths(log, id)).length === 0
    },
    { what: 'all are answered' },
  )
  const present = await Promise.all(
    commits.map(async (commit) => kept(previewStore(id, commit), await repository.git('rev-parse', `${commit}:k8s`))),
  )
  expect(present.filter((type) => type === 'tree')).toHaveLength(16)
  expect(present.slice(0, 2)).toEqual([undefined, undefined])
})
