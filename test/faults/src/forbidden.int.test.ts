import {
  configMap,
  configMapPath,
  deployment,
  deploymentPath,
  documents,
  openInstallation,
  openProject,
  operatorOf,
  startInProcess,
  type Project,
  type ProjectOptions,
} from '@plimsoll/e2e'
import { cluster, gitHttpServer, testEnvironment, until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { ownIdentity } from './own-identity.ts'

const files = { 'a.yaml': documents(configMap('a', { x: '1' })) }

/** How the first sync of a project ends whose services may do only these verbs; none: as the user without rights. */
async function outcomeWith(
  verbs: readonly string[],
  options: Partial<ProjectOptions> = {},
): Promise<{ readonly project: Project; readonly end: Awaited<ReturnType<Project['untilEnd']>> }> {
  await using opened = await openInstallation()
  using admin = cluster()
  const kubeconfig =
    verbs.length === 0
      ? testEnvironment('PLIMSOLL_TEST_KUBECONFIG_UNPRIVILEGED')
      : await ownIdentity(admin, opened.folder, verbs)
  const installation = { ...opened, kubeconfig }
  await operatorOf(installation).startAutoSync()
  await using _services = await startInProcess(installation)
  await using git = await gitHttpServer()
  const project = await openProject(installation, { files, ...options, git })
  return { project, end: await project.untilEnd(project.first) }
}

test('an identity without rights fails the sync, and the right that is missing is named', async () => {
  using admin = cluster()
  const { project, end } = await outcomeWith([])
  expect(end.type).not.toBe('SyncSucceeded')
  expect(end.data.message).toMatch(/configmaps.*forbidden|forbidden.*configmaps/)
  expect(await admin.get(configMapPath(project.namespace, 'a'))).toBeUndefined()
})

test.each([
  [true, 'plan'],
  [false, 'apply'],
])('an identity that may only read fails the sync, with diff_preview %s when it is to %s', async (preview, stage) => {
  using admin = cluster()
  const { project, end } = await outcomeWith(['get', 'list', 'watch'], { diff_preview: preview })
  expect(end).toMatchObject({ type: 'SyncFailed', data: { stage } })
  expect(end.data.message).toContain('forbidden')
  expect(await admin.get(configMapPath(project.namespace, 'a'))).toBeUndefined()
})

test('an identity that may not watch writes, and the sync ends saying that health is not known', async () => {
  using admin = cluster()
  const { project, end } = await outcomeWith(['get', 'list', 'create', 'patch'], {
    // What is healthy at the first look needs no watch.
    files: { 'a.yaml': documents(deployment('web', { image: 'broken:1' })) },
  })
  expect(end.type).toBe('SyncFailed')
  expect(end.data.message).toContain('watch')
  const applied = () => admin.get(deploymentPath(project.namespace, 'web'))
  expect(await until(applied, { what: 'the Deployment is there' })).toMatchObject({ spec: { replicas: 1 } })
})
