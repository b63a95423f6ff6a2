import { repositoryStream } from '@plimsoll/domain'
import { workOf } from '@plimsoll/event-log'
import { until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { configMap, configMapPath, documents } from './manifests.ts'
import { openProject, patienceMs, watchProject } from './project.ts'
import { openStage, type Stage } from './stage.ts'
import { startInProcess } from './start-in-process.ts'

type Sample = { readonly polls: number; readonly requests: number }

/** How often a repository was polled and how many requests the Git server had for it, at one instant between two polls. */
function sample({ installation, git }: Stage, id: string): Promise<Sample> {
  const look = () => workOf(installation.log, 'repository', repositoryStream(id))
  return until(
    async () => {
      const before = await look()
      const requests = git.requests.filter(({ path }) => path.startsWith(`/${id}.git/`)).length
      const after = await look()
      if (before === undefined || before.claimed || after?.epoch !== before.epoch || after.claimed) return undefined
      return { polls: before.epoch, requests }
    },
    { what: `nobody polls ${id}`, timeoutMs: patienceMs, intervalMs: 5 },
  )
}

/** What one poll without news costs: the requests of two. */
async function costOfPoll(stage: Stage, id: string): Promise<number> {
  const from = await sample(stage, id)
  const to = await until(
    async () => {
      const now = await sample(stage, id)
      return now.polls >= from.polls + 2 ? now : undefined
    },
    { what: `${id} is polled twice`, timeoutMs: patienceMs },
  )
  return (to.requests - from.requests) / (to.polls - from.polls)
}

/** What a commit costs beyond the polls: the requests of its fetch. */
async function costOfCommit(
  stage: Stage,
  id: string,
  pollCost: number,
  commit: () => Promise<unknown>,
): Promise<number> {
  const from = await sample(stage, id)
  await commit()
  const to = await sample(stage, id)
  return to.requests - from.requests - pollCost * (to.polls - from.polls)
}

test('two workflows that share a repository cost one ls-refs per poll and one fetch per commit, on two replicas too', async () => {
  await using stage = await openStage()
  const { installation, git, operator, cluster } = stage
  const files = (x: string) => ({
    'a/a.yaml': documents(configMap('a', { x })),
    'b/b.yaml': documents(configMap('b', { x })),
  })
  const project = await openProject(installation, { git, files: files('1'), target_path: 'a' })
  await project.untilSynced(project.first)
  const alone = await costOfPoll(stage, project.id)
  expect(alone).toBeLessThanOrEqual(2)
  const fetchAlone = await costOfCommit(stage, project.id, alone, async () =>
    project.untilSynced(await project.push(files('2'))),
  )
  expect(fetchAlone).toBeGreaterThanOrEqual(1)
  expect(fetchAlone).toBeLessThanOrEqual(2)

  const other = watchProject(installation, { ...project, id: `${project.id}-b` })
  await operator.createWorkflow({
    id: other.id,
    repository: project.id,
    target_path: 'b',
    auto_sync: true,
    destination: { namespace: project.namespace },
  })
  await other.untilEvent('SyncSucceeded')
  await using _second = await startInProcess(installation, 'r2')
  // Each replica has a mirror of its own, and fills it with the first commit that it sees.
  for (const x of ['3', '4']) {
    expect(await costOfPoll(stage, project.id)).toBe(alone)
    const cost = await costOfCommit(stage, project.id, alone, async () => {
      const revision = await project.push(files(x))
      await Promise.all([project.untilSynced(revision), other.untilSynced(revision)])
    })
    expect(cost).toBe(fetchAlone)
  }
  expect(await cluster.get(configMapPath(project.namespace, 'b'))).toMatchObject({ data: { x: '4' } })
  const owner = await workOf(installation.log, 'repository', repositoryStream(project.id))
  expect(owner).toMatchObject({ attempts: 0, error: null })
})
