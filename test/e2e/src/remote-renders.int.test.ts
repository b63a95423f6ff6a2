import { requestPreview, workflowStream } from '@plimsoll/domain'
import { workOf } from '@plimsoll/event-log'
import { cluster, gitHttpServer, until, type Cluster, type GitHttpServer } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openInstallation, type Installation } from './installation.ts'
import { configMapPath } from './manifests.ts'
import { operatorOf } from './operator.ts'
import { openProject, patienceMs } from './project.ts'
import { startInProcess } from './start-in-process.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let git: GitHttpServer
/** Serves what the operator lets renders fetch. */
let bases: GitHttpServer
let view: Cluster
beforeAll(async () => {
  installation = stack.use(await openInstallation())
  await operatorOf(installation).startAutoSync()
  git = stack.use(await gitHttpServer())
  bases = stack.use(await gitHttpServer())
  view = stack.use(cluster())
  const host = `127.0.0.1:${bases.port}`
  stack.use(await startInProcess(installation, 'r1', { renderHosts: [host] }))
})
afterAll(() => stack[Symbol.asyncDispose]())

const configMap = (name: string, colour: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {colour: ${colour}}\n`
const overlay = (url: string, prefix = '') => ({
  'app/kustomization.yaml': `namePrefix: "${prefix}"\nresources:\n- own.yaml\n- ${url}\n`,
  'app/own.yaml': configMap('own', 'red'),
})

async function createBase(name: string, server = bases) {
  const repository = await server.createRepository(name)
  const commit = (colour: string) =>
    repository.commit(
      {
        'base/kustomization.yaml': 'resources: [settings.yaml]\n',
        'base/settings.yaml': configMap('settings', colour),
      },
      colour,
    )
  return { commit, url: `${server.url(name)}//base?ref=main` }
}

describe('an overlay with a base of another repository', () => {
  test('is synced from a host that is allowed, and anew with the next change of its own files', async () => {
    const base = await createBase('first')
    await base.commit('blue')
    const files = overlay(base.url)
    const project = await openProject(installation, { git, files, target_path: 'app' })
    await project.untilSynced(project.first)
    const colour = async () => await view.get(configMapPath(project.namespace, 'settings'))
    expect(await colour()).toMatchObject({ data: { colour: 'blue' } })
    await base.commit('green')
    await project.untilSynced(await project.push({ 'app/own.yaml': configMap('own', 'black') }))
    expect(await colour()).toMatchObject({ data: { colour: 'green' } })
  })

  test('stays as it is while the host is away: an error that says so, no plan that deletes; and goes on with the host', async () => {
    const base = await createBase('second')
    await base.commit('blue')
    const project = await openProject(installation, {
      git,
      files: overlay(base.url),
      target_path: 'app',
      sync_policy: { auto_prune: true },
    })
    await project.untilSynced(project.first)
    const before = (await project.events()).length
    await bases.stop()
    const next = await project.push({ 'app/own.yaml': configMap('own', 'black') })
    await until(
      async () => {
        const { error = null } = (await workOf(installation.log, 'plan', workflowStream(project.id))) ?? {}
        return error?.includes('cannot be fetched') === true ? error : false
      },
      { what: 'the reason', timeoutMs: patienceMs },
    )
    expect((await project.events()).slice(before).map(({ type }) => type)).toEqual([])
    await operatorOf(installation).decide(project.id, requestPreview(next, 'plan'))
    expect(await project.untilEvent('PreviewFailed')).toMatchObject({
      revision: next,
      stage: 'render',
      faults: [{ because: expect.stringContaining('cannot be fetched') as string }],
    })
    expect(await view.get(configMapPath(project.namespace, 'settings'))).toBeDefined()
    await bases.start()
    await project.untilSynced(next)
    expect(await view.get(configMapPath(project.namespace, 'own'))).toMatchObject({ data: { colour: 'black' } })
  })

  test('is refused where the host is not allowed, by file and line', async () => {
    await using other = await gitHttpServer()
    const base = await createBase('third', other)
    await base.commit('blue')
    const project = await openProject(installation, { git, files: overlay(base.url), target_path: 'app' })
    expect(await project.untilEnd(project.first)).toMatchObject({
      data: {
        stage: 'render',
        faults: [
          {
            where: 'app/kustomization.yaml:4',
            because: expect.stringContaining(
              `127.0.0.1:${other.port}, which is no host that renders may reach`,
            ) as string,
            try: expect.stringContaining('PLIMSOLL_RENDER_HOSTS') as string,
          },
        ],
      },
    })
    expect(other.requests).toEqual([])
  })
})
