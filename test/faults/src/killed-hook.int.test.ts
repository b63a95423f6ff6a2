import { configMap, configMapPath, documents, openInstallation, openProject, operatorOf } from '@plimsoll/e2e'
import type { Installation } from '@plimsoll/e2e'
import { cluster, gitHttpServer, until, type GitHttpServer } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startAll, type AllServices } from './all-services.ts'
import { faultsOfLog } from './sound-log.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let services: AllServices
let git: GitHttpServer
const view = stack.use(cluster())

beforeAll(async () => {
  installation = stack.use(await openInstallation())
  await operatorOf(installation).startAutoSync()
  services = stack.use(await startAll(installation, { PLIMSOLL_LEASE_MS: '18000' }))
  git = stack.use(await gitHttpServer())
})
afterAll(() => stack.disposeAsync())

const job = (name: string, phase: string, suspend: boolean) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, annotations: { 'argocd.argoproj.io/hook': phase } },
  spec: { suspend, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'job:1' }] } } },
})

test.each(['PreSync', 'PostSync'])(
  'a %s hook that runs while its syncer is killed is run once, and awaited by the next',
  async (phase) => {
    const project = await openProject(installation, {
      git,
      files: {
        'all.yaml': documents(
          configMap('settings', { x: '1' }),
          job('done', 'PreSync', false),
          job('hook', phase, true),
        ),
      },
    })
    const path = `/apis/batch/v1/namespaces/${project.namespace}/jobs/hook`
    await until(
      async () => (await view.get(path)) !== undefined && (await view.get(path.replace(/hook$/, 'done'))) !== undefined,
      { what: 'the hooks run', timeoutMs: 150_000 },
    )
    const [first, done] = [await view.get(path), await view.get(path.replace(/hook$/, 'done'))]
    await services.kill('syncer')
    expect((await view.get(configMapPath(project.namespace, 'settings'))) !== undefined).toBe(phase === 'PostSync')
    // It ends while nobody looks.
    await view.patch(path, { spec: { suspend: false } })
    await until(async () => JSON.stringify((await view.get(path))?.['status']).includes('Complete'), {
      what: 'the hook ends',
      timeoutMs: 150_000,
    })
    await services.start('syncer')
    await project.untilSynced(project.first)

    expect((await view.get(path))?.metadata.uid).toBe(first?.metadata.uid)
    expect((await view.get(path.replace(/hook$/, 'done')))?.metadata.uid).toBe(done?.metadata.uid)
    const told = (await project.events()).flatMap(({ type, data }) =>
      type === 'HookStarted' || type === 'HookFinished' ? [`${type} ${data.hook}`] : [],
    )
    expect(told.toSorted()).toEqual([
      'HookFinished Job/done',
      'HookFinished Job/hook',
      'HookStarted Job/done',
      'HookStarted Job/hook',
    ])
    expect(await view.get(configMapPath(project.namespace, 'settings'))).toBeDefined()
    expect(await faultsOfLog(installation)).toEqual([])
  },
)
