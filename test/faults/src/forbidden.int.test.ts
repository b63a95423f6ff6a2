import {
  configMap,
  configMapPath,
  documents,
  openInstallation,
  openProject,
  operatorOf,
  startInProcess,
} from '@plimsoll/e2e'
import { cluster, gitHttpServer, testEnvironment } from '@plimsoll/harness'
import { expect, test } from 'vitest'

test('what the identity of the cluster connection may not do fails the sync and names the right that is missing', async () => {
  const kubeconfig = testEnvironment('PLIMSOLL_TEST_KUBECONFIG_UNPRIVILEGED')
  await using installation = await openInstallation({ kubeconfig })
  await operatorOf(installation).startAutoSync()
  await using _services = await startInProcess(installation)
  await using git = await gitHttpServer()
  using view = cluster()
  const project = await openProject(installation, {
    git,
    files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
  })
  const end = await project.untilEnd(project.first)
  expect(end.type).not.toBe('SyncSucceeded')
  expect(end.data.message).toContain('forbidden')
  expect(end.data.message).toContain('configmaps')
  expect(await view.get(configMapPath(project.namespace, 'a'))).toBeUndefined()
})
