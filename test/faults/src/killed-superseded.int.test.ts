import { deployment, deploymentPath, documents, openInstallation, openProject, operatorOf } from '@plimsoll/e2e'
import { cluster, gitHttpServer, until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { startAll } from './all-services.ts'
import { faultsOfLog } from './sound-log.ts'

const files = (image: string) => ({ 'web.yaml': documents(deployment('web', { image })) })

test('a sync that waits for health makes way for a newer commit also when its syncer was killed meanwhile', async () => {
  await using stack = new AsyncDisposableStack()
  const installation = stack.use(await openInstallation())
  await operatorOf(installation).startAutoSync()
  const services = stack.use(await startAll(installation, { PLIMSOLL_LEASE_MS: '18000' }))
  const git = stack.use(await gitHttpServer())
  const view = stack.use(cluster())
  const project = await openProject(installation, {
    git,
    files: files('web:1'),
    rollback_on_failure: true,
    sync_policy: { health_check: { timeout: '10m' } },
  })
  await project.untilSynced(project.first)
  const bad = await project.push(files('broken:1'))
  const path = deploymentPath(project.namespace, 'web')
  const isBad = async () => JSON.stringify(await view.get(path)).includes('broken:1')
  await until(isBad, { what: 'the bad image is applied', timeoutMs: 150_000 })
  await services.kill('syncer')
  const fix = await project.push(files('web:2'))
  await project.untilEvent('PlanMade', ({ revision, sync_id }) => revision === fix && sync_id === null)
  await services.start('syncer')

  await project.untilEvent('SyncSuperseded', ({ revision }) => revision === bad)
  await project.untilSynced(fix)
  const types = (await project.events()).map(({ type }) => type)
  expect(types).not.toContain('RollbackRequested')
  expect((await project.workflow()).newest).toMatchObject({ revision: fix, before: { revision: project.first } })
  expect(await faultsOfLog(installation)).toEqual([])
})
