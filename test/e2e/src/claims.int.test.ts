import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configMap, configMapPath, documents } from './manifests.ts'
import { openProject } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

describe.concurrent('an object that another workflow has', () => {
  test.each(['fail', 'take'] as const)(
    'is not taken with the policy %s, and the second is told who has it',
    async (policy) => {
      const { installation, git, cluster } = stage
      const first = await openProject(installation, {
        git,
        name: 'Shop database',
        files: { 'a.yaml': documents(configMap('shared', { of: 'first' })) },
      })
      await first.untilSynced(first.first)
      const second = await openProject(installation, {
        git,
        files: { 'a.yaml': documents(configMap('shared', { of: 'second' }), configMap('own', { x: '1' })) },
        destination: { namespace: first.namespace },
        sync_policy: { conflict_resolution: policy },
      })
      const end = await second.untilEnd(second.first)
      if (end.type !== 'SyncFailed') throw new Error(`it ended with ${end.type}`)
      expect(end.data.stage).toBe('plan')
      expect(end.data.faults).toHaveLength(1)
      expect(end.data.faults[0]).toMatchObject({
        what: 'ConfigMap/shared cannot be taken over',
        because: `ConfigMap ${first.namespace}/shared lives already and belongs to the workflow ${first.id} ("Shop database")`,
      })
      expect(end.data.faults[0]?.try).toContain(`leave it to ${first.id}`)
      expect(await cluster.get(configMapPath(first.namespace, 'shared'))).toMatchObject({ data: { of: 'first' } })
      expect(await cluster.get(configMapPath(first.namespace, 'own'))).toBeUndefined()
    },
  )

  test('is handed over without being deleted, as the second is told', async () => {
    const { installation, git, cluster } = stage
    const first = await openProject(installation, {
      git,
      files: { 'a.yaml': documents(configMap('shared', { of: 'first' }), configMap('kept', { x: '1' })) },
    })
    await first.untilSynced(first.first)
    const path = configMapPath(first.namespace, 'shared')
    const uid = (await cluster.get(path))?.metadata['uid']
    await first.untilSynced(await first.push({ 'a.yaml': documents(configMap('kept', { x: '2' })) }))
    await cluster.patch(path, { metadata: { labels: { 'plimsoll.dev/workflow': null } } })
    const second = await openProject(installation, {
      git,
      files: { 'a.yaml': documents(configMap('shared', { of: 'second' })) },
      destination: { namespace: first.namespace },
      sync_policy: { conflict_resolution: 'take' },
    })
    await second.untilSynced(second.first)
    expect(await cluster.get(path)).toMatchObject({ metadata: { uid }, data: { of: 'second' } })
    // The first lets it go: its prune leaves alone what is not its own.
    await first.untilSynced(await first.push({ 'a.yaml': documents(configMap('kept', { x: '3' })) }))
    expect(await cluster.get(path)).toMatchObject({ metadata: { uid }, data: { of: 'second' } })
  })
})
