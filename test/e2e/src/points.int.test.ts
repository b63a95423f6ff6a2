import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createToken } from '@plimsoll/event-log'
import { cluster, gitHttpServer, until, type Cluster, type GitHttpServer } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openInstallation, type Installation } from './installation.ts'
import { configMap, configMapPath, documents, secretPath } from './manifests.ts'
import { operatorOf } from './operator.ts'
import { openProject, patienceMs, type Project, type ProjectOptions } from './project.ts'
import { runCli, type CliRun } from './run-cli.ts'
import { startService, type ServiceName, type ServiceProcess } from './service-process.ts'

// What people type, on real servers: each service a process, a Git server, the API server.

const stack = new AsyncDisposableStack()
const services = new Map<ServiceName, ServiceProcess>()
let installation: Installation
let git: GitHttpServer
let live: Cluster
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  installation = stack.use(await openInstallation())
  await operatorOf(installation).startAutoSync()
  git = stack.use(await gitHttpServer())
  live = stack.use(cluster())
  await start('projection', 'poller', 'differ', 'syncer', 'api')
  const tokenFile = join(installation.folder, 'token')
  await writeFile(tokenFile, await createToken(installation.log, 'operator', 'admin'))
  const [, url = ''] = /"url":"([^"]+)"/.exec(services.get('api')?.output() ?? '') ?? []
  env = { PLIMSOLL_SERVER: url, PLIMSOLL_TOKEN_FILE: tokenFile }
})
afterAll(() => stack.disposeAsync())

async function start(...names: readonly ServiceName[]): Promise<void> {
  for (const name of names) services.set(name, stack.use(await startService(installation, name)))
}

const run = (...args: readonly string[]): Promise<CliRun> => runCli(args, env)

const files = (x: string, ...more: readonly object[]) => ({
  'k8s/all.yaml': documents(configMap('web', { x }), ...more),
})

const open = (options: Partial<ProjectOptions> = {}): Promise<Project> =>
  openProject(installation, { git, files: files('1'), target_path: 'k8s', auto_sync: false, ...options })

const value = async ({ namespace }: Project, name = 'web') => {
  const object = (await live.get(configMapPath(namespace, name))) as { data?: Record<string, string> } | undefined
  return object?.data
}

/** Pushes a commit that the branch does not lead to. */
async function pullRequest(
  { repository }: Project,
  changed: Project['push'] extends (f: infer F) => unknown ? F : never,
) {
  return repository.commit(changed, 'Try it', 'refs/pull/7/head')
}

const digestIn = ({ out }: CliRun): string => /--plan ([0-9a-f]+)/.exec(out)?.[1] ?? ''

test('a pull request is planned against the cluster, and changes nothing, whatever syncs by itself', async () => {
  const project = await open({ auto_sync: true })
  await project.untilSynced(project.first)
  const commit = await pullRequest(project, {
    ...files('2', configMap('new', { y: '1' })),
    'k8s/deeper/still.yaml': documents(configMap('deep', {})),
  })
  const before = (await project.events()).length

  const diff = await run('diff', project.id, '--revision', 'refs/pull/7/head')
  expect(diff).toMatchObject({ code: 1, out: expect.stringContaining('2 to create, 1 to update') as string })
  expect(diff.out).not.toContain('--plan')
  const short = await run('diff', project.id, '--revision', commit.slice(0, 10), '-o', 'json')
  expect(JSON.parse(short.out)).toMatchObject({ revision: commit, summary: { total_changes: 3 } })

  // What comes next on the branch is planned and synced as ever, and is not that.
  const second = await project.push({ 'k8s/other.yaml': documents(configMap('other', {})) })
  await project.untilSynced(second)
  expect(await value(project)).toEqual({ x: '1' })
  expect(await value(project, 'new')).toBeUndefined()
  const since = (await project.events()).slice(before)
  expect(since.filter(({ data }) => 'revision' in data && data.revision === commit).map(({ type }) => type)).toEqual([
    'PreviewRequested',
    'PreviewMade',
    'PreviewRequested',
    'PreviewMade',
  ])
  expect((await project.source()).head?.revision).toBe(second)

  const sync = await run('sync', project.id, '--plan', (JSON.parse(short.out) as { digest: string }).digest)
  expect(sync).toMatchObject({ code: 1, err: expect.stringContaining('never the head of the branch') as string })
  expect(await value(project, 'new')).toBeUndefined()
})

test('the same tree on a pull request is not taken for the head', async () => {
  const project = await open({ auto_sync: true })
  await project.untilSynced(project.first)
  await pullRequest(project, { 'README.md': 'beside the path' })
  expect(await run('diff', project.id, '--revision', 'pull/7/head')).toMatchObject({ code: 0 })
  const second = await project.push(files('3'))
  const sync = await project.untilSynced(second)
  expect(sync.revision).toBe(second)
})

test('what a render of a revision reads is found step by step, also where the branch has it not', async () => {
  const base = 'resources: [web.yaml]\n'
  const project = await open({
    target_path: 'overlay',
    files: {
      'overlay/kustomization.yaml': 'resources: [../base]\n',
      'base/kustomization.yaml': base,
      'base/web.yaml': documents(configMap('web', { x: '1' })),
    },
  })
  const before = await project.untilEvent('PlanMade')
  const commit = await pullRequest(project, {
    'overlay/kustomization.yaml': 'resources: [../base, ../shared]\n',
    'shared/kustomization.yaml': 'resources: [../deeper]\n',
    'deeper/kustomization.yaml': 'resources: [more.yaml]\n',
    'deeper/more.yaml': documents(configMap('more', { y: '1' })),
  })
  const diff = await run('diff', project.id, '--revision', 'pull/7/head', '-o', 'json')
  const plan = JSON.parse(diff.out) as { changes: readonly { resource: string }[] }
  expect(plan.changes.map(({ resource }) => resource).toSorted()).toEqual(['ConfigMap/more', 'ConfigMap/web'])
  expect(await project.untilEvent('PreviewMade')).toMatchObject({
    revision: commit,
    paths: ['base', 'deeper', 'overlay', 'shared'],
  })
  // What the branch is watched for is as it was.
  expect((await project.workflow()).plan).toEqual(before)
  const watched = await installation.log.db
    .selectFrom('watched_path')
    .select('path')
    .where('repository', '=', project.id)
    .orderBy('path')
    .execute()
  expect(watched.map(({ path }) => path)).toEqual(['base', 'overlay'])
})

test('what names nothing ends above 1 and says why', async () => {
  const project = await open()
  await project.untilEvent('PlanMade')
  for (const [ref, because] of [
    ['no-such-branch', 'shows no branch, tag or other ref of that name'],
    ['refs/pull/99/head', 'git ls-remote'],
    ['0000000', 'no commit that begins so'],
    ['f'.repeat(40), 'cannot read'],
    ['--upload-pack=touch', 'begins with a dash'],
    ['main~1', 'names no revision'],
  ] as const) {
    const diff = await run('diff', project.id, `--revision=${ref}`)
    expect({
      ref,
      code: diff.code > 1,
      because: diff.err.replaceAll(/\s+/g, ' ').includes(because),
      err: diff.err,
    }).toEqual({
      ref,
      code: true,
      because: true,
      err: diff.err,
    })
  }
  expect((await project.source()).failure).toBeNull()
})

test('a revision from before the workflow is fetched, and planned', async () => {
  const project = await open()
  const other = await project.push(files('2'))
  await project.untilEvent('PlanMade', ({ revision }) => revision === other)
  const id = `${project.id}-late`
  await operatorOf(installation).createWorkflow({
    id,
    repository: project.id,
    target_path: 'docs',
    destination: { namespace: project.namespace },
  })
  await project.push({ 'docs/a.yaml': documents(configMap('docs', { v: '2' })) })
  const missing = await run('diff', id, '--revision', project.first)
  expect(missing.code).toBeGreaterThan(1)
  expect(missing.err).toContain('has no folder docs')
  await run('diff', id)
  // Its first commit was the branch's head before anybody looked at this path.
  const old = await run('diff', project.id, '--revision', project.first, '-o', 'json')
  expect(JSON.parse(old.out)).toMatchObject({ revision: project.first })
})

test('a sync of a plan does that plan, though the branch has moved on', async () => {
  const project = await open()
  const diff = await run('diff', project.id)
  const digest = digestIn(diff)
  expect(digest).toMatch(/^[0-9a-f]{12}$/)
  const second = await project.push(files('2'))
  await project.untilEvent('PlanMade', ({ revision }) => revision === second)
  const sync = await run('sync', project.id, '--plan', digest.slice(0, 8))
  expect(sync).toMatchObject({ code: 0 })
  expect(await value(project)).toEqual({ x: '1' })
  expect(await project.workflow()).toMatchObject({ applied: { revision: project.first } })
  // The newer commit waits as before.
  await project.untilEvent(
    'PlanMade',
    ({ revision, summary }) => revision === second && summary.updated_resources === 1,
  )
})

test('a plan that would do something else by now is refused as stale, tells what changed, and writes nothing', async () => {
  const project = await open()
  await run('sync', project.id)
  await project.push(files('2', configMap('new', {})))
  const digest = digestIn(await run('diff', project.id))
  await live.patch(configMapPath(project.namespace, 'web'), { data: { x: 'someone' } })
  const sync = await run('sync', project.id, '--plan', digest)
  expect(sync.code).toBe(1)
  const text = `${sync.out}${sync.err}`.replaceAll(/\s+/g, ' ')
  expect(text).toContain('the plan is stale')
  expect(text).toContain(`ConfigMap ${project.namespace}/web`)
  expect(text).toContain('data.x: "1" -> "2" then, "someone" -> "2" now')
  expect(text).toContain(`plimsoll diff ${project.id}`)
  expect(await value(project)).toEqual({ x: 'someone' })
  expect(await value(project, 'new')).toBeUndefined()
  expect((await project.events()).filter(({ type }) => type === 'SyncStarted')).toHaveLength(1)

  // The plan of now can be agreed to.
  const again = await run('sync', project.id, '--plan', digestIn(await run('diff', project.id)))
  expect(again).toMatchObject({ code: 0 })
  expect(await value(project)).toEqual({ x: '2' })
})

test('revisions and moments are compared, the latter with nothing but the log', async () => {
  const secret = (password: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db' },
    stringData: { password },
  })
  const project = await open({ files: files('1', secret('canary-one')) })
  expect(await run('sync', project.id)).toMatchObject({ code: 0 })
  const then = new Date().toISOString()
  await project.repository.git('tag', 'v1', project.first)
  const second = await project.push(files('2', secret('canary-two'), configMap('new', {})))
  expect(await run('sync', project.id)).toMatchObject({ code: 0 })
  await pullRequest(project, files('9'))

  const commits = await run('diff', project.id, '--from', 'v1', '--to', 'main')
  expect(commits).toMatchObject({ code: 1, out: expect.stringContaining('1 to create, 2 to update') as string })
  expect(commits.out).toContain('The cluster was not asked')
  expect(commits.out).not.toMatch(/canary|--plan/)
  const proposed = await run('diff', project.id, '--from', '@now', '--to', 'refs/pull/7/head', '-o', 'json')
  expect(JSON.parse(proposed.out)).toMatchObject({ summary: { updated_resources: 1, deleted_resources: 2 } })
  expect(await run('diff', project.id, '--from', 'main', '--to', second)).toMatchObject({ code: 0 })
  expect(await run('diff', project.id, '--to', 'main')).toMatchObject({ code: 2 })

  for (const name of ['poller', 'differ', 'syncer'] as const) await services.get(name)?.[Symbol.asyncDispose]()
  await git.stop()
  try {
    const times = await run('diff', project.id, '--from', `@${then}`, '--to', '@now', '-o', 'json')
    const plan = JSON.parse(times.out) as { changes: readonly { type: string; resource: string }[] }
    expect(plan).toMatchObject({ revision: second })
    expect(plan.changes.map(({ type, resource }) => `${type} ${resource}`).toSorted()).toEqual([
      'create ConfigMap/new',
      'update ConfigMap/web',
      'update Secret/db',
    ])
    expect(times.out).toContain('(masked ')
    expect(times.out).not.toContain('canary')
    const early = await run('diff', project.id, '--from', '@1d')
    expect(early.code).toBeGreaterThan(1)
    expect(early.err).toContain('There was no workflow')
    // Commits that were rendered before need neither.
    expect(await run('diff', project.id, '--from', project.first, '--to', second)).toMatchObject({ code: 1 })
  } finally {
    await git.start()
    await start('poller', 'differ', 'syncer')
  }
  expect(await live.get(secretPath(project.namespace, 'db'))).toBeDefined()
  await until(async () => (await run('diff', project.id)).code === 0, {
    what: 'all is up again',
    timeoutMs: patienceMs,
  })
})
