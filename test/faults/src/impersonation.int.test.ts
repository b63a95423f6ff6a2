import { configMap, documents, openInstallation, openProject, operatorOf, startInProcess } from '@plimsoll/e2e'
import { cluster, freshNamespace, gitHttpServer } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { ownIdentity } from './own-identity.ts'

test('an engine that may do all but act as the account is told apart, with what grants it', async () => {
  await using opened = await openInstallation()
  using admin = cluster()
  const verbs = ['get', 'list', 'watch', 'create', 'patch', 'delete']
  const installation = { ...opened, kubeconfig: await ownIdentity(admin, opened.folder, verbs) }
  await operatorOf(installation).startAutoSync()
  await using _services = await startInProcess(installation)
  await using git = await gitHttpServer()
  const namespace = await freshNamespace()
  const files = { 'a.yaml': documents(configMap('a', { x: '1' })) }
  const destination = { namespace, service_account: 'deployer' }
  const project = await openProject(installation, { git, files, destination })
  const { type, data } = await project.untilEnd(project.first)
  expect(type).not.toBe('SyncSucceeded')
  expect(data.message).toContain(`may not act as the service account ${namespace}/deployer`)
  const remedy = 'faults' in data ? data.faults.map((fault) => fault.try).join() : ''
  expect(remedy).toContain('--verb=impersonate --resource=serviceaccounts --resource-name=deployer')
  expect(remedy).toContain(`--namespace=${namespace}`)
})
