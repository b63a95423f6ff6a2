import { readLog } from '@plimsoll/event-log'
import { freshNamespace, until } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configMap, configMapPath, deployment, documents } from './manifests.ts'
import { openProject, watchProject } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

/** The workflows in the order in which their syncs succeeded, once so many did. */
async function succeeded(ids: readonly string[], syncs: number): Promise<readonly string[]> {
  const streams = ids.map((id) => `workflow-${id}`)
  // What its stream has gets its place in the log a moment later.
  const ends = await until(
    async () => {
      const events = await readLog(stage.installation.log, { after: 0, limit: 10_000 })
      const found = events.filter(({ type, stream }) => type === 'SyncSucceeded' && streams.includes(stream))
      return found.length >= syncs ? found : undefined
    },
    { what: `the ends of ${ids.join(', ')} are in the log` },
  )
  return ends.map(({ stream }) => stream.slice('workflow-'.length))
}

test('parts of several repositories are synced one after the other, each when the one before is healthy', async () => {
  const { installation, git } = stage
  const files = (x: string) => ({
    'a.yaml': documents(configMap('settings', { x }), deployment('web', { image: `web:${x}` })),
  })
  const names = { database: 'the-database', backend: 'the-backend' }
  const open = (depends_on: readonly string[] = []) =>
    openProject(installation, { git, files: files('1'), depends_on: [...depends_on] })
  // The last first: what it depends on is not there yet.
  const frontend = await open([names.backend])
  const held = await frontend.untilEvent('SyncHeld')
  expect(held).toMatchObject({ gate: 'dependency', message: expect.stringContaining('does not exist') as string })
  const place = async (id: string, depends_on: readonly string[]) => {
    const repository = await git.createRepository(id)
    const first = await repository.commit(files('1'), 'first')
    const namespace = await freshNamespace()
    await stage.operator.registerRepository({ id, url: git.url(id), poll_interval: '1s' })
    const destination = { namespace }
    await stage.operator.createWorkflow({
      id,
      repository: id,
      auto_sync: true,
      depends_on: [...depends_on],
      destination,
    })
    return watchProject(installation, { id, namespace, repository, first })
  }
  const backend = await place(names.backend, [names.database])
  await backend.untilEvent('SyncHeld')
  const database = await place(names.database, [])
  await frontend.untilSynced(frontend.first)
  expect(await succeeded([frontend.id, backend.id, database.id], 3)).toEqual([database.id, backend.id, frontend.id])
})

test('a commit goes through the folders of a repository in order, with no other event to wake those that wait', async () => {
  const { installation, git, operator, cluster } = stage
  const folders = ['dev', 'staging', 'production'] as const
  const files = (x: string) =>
    Object.fromEntries(folders.map((folder) => [`${folder}/a.yaml`, documents(configMap('a', { x }))]))
  const dev = await openProject(installation, { git, files: files('1'), target_path: 'dev' })
  const place = async (folder: string, before: string) => {
    const [id, namespace] = [`${dev.id}-${folder}`, await freshNamespace()]
    await operator.createWorkflow({
      id,
      repository: dev.id,
      target_path: folder,
      destination: { namespace },
      auto_sync: true,
      depends_on: [before],
    })
    return watchProject(installation, { ...dev, id, namespace })
  }
  const staging = await place('staging', dev.id)
  const production = await place('production', staging.id)
  await production.untilSynced(dev.first)
  const second = await dev.push(files('2'))
  await production.untilSynced(second)
  expect(await succeeded([dev.id, staging.id, production.id], 6)).toEqual(
    ['', '-staging', '-production', '', '-staging', '-production'].map((folder) => `${dev.id}${folder}`),
  )
  await until(
    async () => {
      const live = await cluster.get(configMapPath(production.namespace, 'a'))
      return (live as { data?: { x?: string } } | undefined)?.data?.x === '2'
    },
    { what: 'production has the second commit' },
  )
})
