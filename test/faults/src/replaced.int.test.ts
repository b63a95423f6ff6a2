import { configMap, configMapPath, documents, openInstallation, openProject, operatorOf } from '@plimsoll/e2e'
import { cluster, gitHttpServer, until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { startAll } from './all-services.ts'

test('a syncer that is killed between the delete and the create of a replace is followed by one that creates', async () => {
  await using stack = new AsyncDisposableStack()
  const installation = stack.use(await openInstallation())
  await operatorOf(installation).startAutoSync()
  const services = stack.use(await startAll(installation, { PLIMSOLL_LEASE_MS: '18000' }))
  const git = stack.use(await gitHttpServer())
  const view = stack.use(cluster())
  const settings = (x: string) => ({
    ...configMap('a', { x }),
    immutable: true,
    metadata: { name: 'a', annotations: { 'plimsoll.dev/replace': 'true' } },
  })
  const project = await openProject(installation, { git, files: { 'a.yaml': documents(settings('1')) } })
  await project.untilSynced(project.first)
  const path = configMapPath(project.namespace, 'a')
  // It stays for as long as the finalizer does, so that the syncer waits between the two.
  await view.patch(path, { metadata: { finalizers: ['example.com/hold'] } })
  const second = await project.push({ 'a.yaml': documents(settings('2')) })
  await until(async () => (await view.get(path))?.metadata['deletionTimestamp'], {
    what: 'the syncer has deleted it',
    timeoutMs: 150_000,
  })
  await services.kill('syncer')
  await view.patch(path, { metadata: { finalizers: null } })
  await until(async () => (await view.get(path)) === undefined, { what: 'it is gone' })
  await services.start('syncer')
  await project.untilSynced(second)
  expect(await view.get(path)).toMatchObject({ data: { x: '2' } })
  const ends = (await project.events()).filter(({ type }) => type === 'SyncSucceeded' || type === 'SyncFailed')
  expect(ends.map(({ type }) => type)).toEqual(['SyncSucceeded', 'SyncSucceeded'])
})
