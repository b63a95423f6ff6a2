import { configMap, configMapPath, documents, openProject, openStage, type Project, type Stage } from '@plimsoll/e2e'
import { gitHttpServer, until } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

const files = (x: string) => ({ 'a.yaml': documents(configMap('a', { x })) })

function untilFailed(project: Project, kind: string) {
  return until(
    async () => {
      const { failure } = await project.source()
      return failure?.kind === kind ? failure : undefined
    },
    { what: `the source of ${project.id} fails as ${kind}`, timeoutMs: 150_000 },
  )
}

describe.concurrent('a repository that cannot be read', () => {
  test('wrong credentials are told without the password, and the right ones repair it', async () => {
    const [username, password, wrong] = ['reader', 'right-password-51', 'wrong-password-77']
    await using git = await gitHttpServer({ users: [{ username, password }] })
    const project = await openProject(stage.installation, {
      git,
      files: files('1'),
      credentials: { username, password: wrong },
    })
    const { message } = await untilFailed(project, 'auth-refused')
    expect(message).not.toContain(wrong)
    expect(await project.sourceEvents()).toHaveLength(2)

    const request = { id: project.id, url: git.url(project.id), poll_interval: '1s' }
    await stage.operator.registerRepository(request, { username, password })
    await project.untilSynced(project.first)
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '1' } })
    expect((await project.source()).failure).toBeNull()
  })

  test('a branch that is missing is told by its name, and found as soon as it is there', async () => {
    const project = await openProject(stage.installation, { git: stage.git, files: files('1'), branch: 'release' })
    const { message } = await untilFailed(project, 'branch-missing')
    expect(message).toContain('release')
    await project.repository.git('branch', 'release', 'main')
    await project.untilSynced(project.first)
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '1' } })
  })

  test('a sync that was asked for of a repository that cannot be read fails and says why', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: files('1'),
      branch: 'absent',
      auto_sync: false,
    })
    const syncId = await stage.operator.requestSync(project.id)
    const end = await project.untilEvent('SyncFailed', ({ sync_id: id }) => id === syncId)
    expect(end.stage).toBe('source')
    expect(end.message).toContain('absent')
  })

  test('a Git server that goes away is told once for each reason, and what was pushed meanwhile is synced when it is back', async () => {
    await using git = await gitHttpServer()
    const project = await openProject(stage.installation, { git, files: files('1') })
    await project.untilSynced(project.first)
    await git.stop()
    await untilFailed(project, 'unreachable')
    const second = await project.push(files('2'))
    // What is known already can be synced all the same.
    const syncId = await stage.operator.requestSync(project.id)
    const again = await project.untilEvent('SyncSucceeded', ({ sync_id: id }) => id === syncId)
    expect(again.revision).toBe(project.first)

    await git.start()
    await project.untilSynced(second)
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '2' } })
    // A request that was cut off and those that are refused afterwards are two reasons; none is told twice.
    const failures = (await project.sourceEvents()).flatMap((event) =>
      event.type === 'SourceFailed' ? [event.data.message] : [],
    )
    expect(new Set(failures).size).toBe(failures.length)
  })

  test('a Git server that never answers holds up no other repository', async () => {
    await using git = await gitHttpServer()
    const [stuck, project] = await Promise.all([
      openProject(stage.installation, { git, files: files('1') }),
      openProject(stage.installation, { git: stage.git, files: files('1') }),
    ])
    await stuck.untilSynced(stuck.first)
    git.pause()
    await project.untilSynced(await project.push(files('2')))
    await project.untilSynced(await project.push(files('3')))
    const second = await stuck.push(files('2'))
    git.resume()
    await stuck.untilSynced(second)
    expect(await stage.cluster.get(configMapPath(stuck.namespace, 'a'))).toMatchObject({ data: { x: '2' } })
  })
})
