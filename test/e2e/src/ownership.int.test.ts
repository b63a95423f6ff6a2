import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configMap, configMapPath, documents } from './manifests.ts'
import { openProject } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

describe.concurrent('what belongs to others', () => {
  test('an object that lives already fails the sync and stays as it is', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      auto_sync: false,
      files: { 'a.yaml': documents(configMap('theirs', { x: 'ours' }), configMap('new', { x: '1' })) },
    })
    const path = configMapPath(project.namespace, 'theirs')
    await stage.cluster.apply(path, configMap('theirs', { x: 'theirs' }), 'kubectl')
    await stage.operator.requestSync(project.id)
    const end = await project.untilEnd(project.first)
    expect(end).toMatchObject({
      type: 'SyncFailed',
      data: {
        faults: [{ what: 'ConfigMap/theirs cannot be taken over', where: `ConfigMap ${project.namespace}/theirs` }],
      },
    })
    expect(await stage.cluster.get(path)).toMatchObject({ data: { x: 'theirs' } })
    expect(await stage.cluster.get(configMapPath(project.namespace, 'new'))).toBeUndefined()
  })

  test('with conflict_resolution take an object that lives already is taken over', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      auto_sync: false,
      files: { 'a.yaml': documents(configMap('theirs', { x: 'ours' })) },
      sync_policy: { conflict_resolution: 'take', auto_prune: true },
    })
    const path = configMapPath(project.namespace, 'theirs')
    await stage.cluster.apply(path, configMap('theirs', { x: 'theirs', y: 'theirs' }), 'kubectl')
    await stage.operator.requestSync(project.id)
    await project.untilSynced(project.first)
    expect(await stage.cluster.get(path)).toMatchObject({ data: { x: 'ours', y: 'theirs' } })
  })

  test('a field of ours that someone else changed is taken back and counted', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: 'ours', z: '1' })) },
    })
    await project.untilSynced(project.first)
    const path = configMapPath(project.namespace, 'a')
    await stage.cluster.apply(path, configMap('a', { x: 'theirs', y: 'theirs' }), 'kubectl')
    const sync = await project.untilSynced(
      await project.push({ 'a.yaml': documents(configMap('a', { x: 'ours', z: '2' })) }),
    )
    expect(sync.metrics).toMatchObject({ resources_applied: 1, conflicts_resolved: 1 })
    expect(await stage.cluster.get(path)).toMatchObject({ data: { x: 'ours', y: 'theirs', z: '2' } })
  })

  test('fields of ours are known by keys that hold dots, and in lists whose keys have defaults', async () => {
    const service = (port: number) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: port }] },
    })
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { 'app.conf': 'ours' }), service(8080)) },
    })
    await project.untilSynced(project.first)
    const path = configMapPath(project.namespace, 'a')
    const servicePath = `/api/v1/namespaces/${project.namespace}/services/web`
    await stage.cluster.patch(path, { data: { 'app.conf': 'theirs' } })
    await stage.cluster.patch(servicePath, { spec: { ports: [{ port: 80, targetPort: 9999 }] } })
    const sync = await project.untilSynced(
      await project.push({ 'a.yaml': documents(configMap('a', { 'app.conf': 'ours', z: '2' }), service(8081)) }),
    )
    expect(sync.metrics).toMatchObject({ resources_applied: 2, conflicts_resolved: 2 })
    expect(await stage.cluster.get(path)).toMatchObject({ data: { 'app.conf': 'ours' } })
    expect(await stage.cluster.get(servicePath)).toMatchObject({ spec: { ports: [{ targetPort: 8081 }] } })
  })

  test('an object that someone else made anew under our name is not taken over', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: 'ours' })) },
    })
    await project.untilSynced(project.first)
    const path = configMapPath(project.namespace, 'a')
    await stage.cluster.delete(path)
    await stage.cluster.apply(path, configMap('a', { y: 'theirs' }), 'kubectl')
    const end = await project.untilEnd(await project.push({ 'a.yaml': documents(configMap('a', { x: '2' })) }))
    expect(end).toMatchObject({ type: 'SyncFailed', data: { stage: 'plan' } })
    expect((await stage.cluster.get(path))?.['data']).toEqual({ y: 'theirs' })
  })

  test('conflict_resolution take counts only what it took', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
      sync_policy: { conflict_resolution: 'take' },
    })
    await project.untilSynced(project.first)
    const sync = await project.untilSynced(await project.push({ 'a.yaml': documents(configMap('a', { x: '2' })) }))
    expect(sync.metrics).toMatchObject({ resources_applied: 1, conflicts_resolved: 0 })
  })

  test('a field that was never ours fails the sync and names who owns it', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    })
    await project.untilSynced(project.first)
    const path = configMapPath(project.namespace, 'a')
    await stage.cluster.apply(path, configMap('a', { y: 'theirs' }), 'their-operator')
    const end = await project.untilEnd(
      await project.push({ 'a.yaml': documents(configMap('a', { x: '1', y: 'ours' })) }),
    )
    expect(end.type).toBe('SyncFailed')
    expect(end.data.message).toContain('their-operator')
    expect(await stage.cluster.get(path)).toMatchObject({ data: { x: '1', y: 'theirs' } })
  })

  test('an object that someone else made anew under our name is not pruned', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' }), configMap('b', { x: '1' })) },
      sync_policy: { auto_prune: true },
    })
    await project.untilSynced(project.first)
    const path = configMapPath(project.namespace, 'b')
    await stage.cluster.delete(path)
    await until(async () => (await stage.cluster.get(path)) === undefined, { what: 'it is gone' })
    await stage.cluster.apply(path, configMap('b', { x: 'theirs' }), 'kubectl')
    await project.untilSynced(await project.push({ 'a.yaml': documents(configMap('a', { x: '2' })) }))
    expect(await stage.cluster.get(path)).toMatchObject({ data: { x: 'theirs' } })
  })

  test('what was deleted in the cluster is made again by the next sync', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' }), configMap('b', { x: '1' })) },
    })
    await project.untilSynced(project.first)
    await stage.cluster.delete(configMapPath(project.namespace, 'b'))
    await project.untilSynced(
      await project.push({ 'a.yaml': documents(configMap('a', { x: '2' }), configMap('b', { x: '1' })) }),
    )
    expect(await stage.cluster.get(configMapPath(project.namespace, 'b'))).toMatchObject({ data: { x: '1' } })
  })

  test('an object that is being deleted is made anew once it is gone', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    })
    await project.untilSynced(project.first)
    const path = configMapPath(project.namespace, 'a')
    await stage.cluster.patch(path, { metadata: { finalizers: ['example.com/hold'] } })
    await stage.cluster.delete(path)
    const old = await stage.cluster.get(path)
    const second = await project.push({ 'a.yaml': documents(configMap('a', { x: '2' })) })
    const stalled = await project.untilEvent('SyncStalled')
    expect(stalled.message).toContain(`ConfigMap ${project.namespace}/a is being deleted`)
    await stage.cluster.patch(path, { metadata: { finalizers: null } })
    await project.untilSynced(second)
    const live = await stage.cluster.get(path)
    expect(live).toMatchObject({ data: { x: '2' } })
    expect(live?.metadata['uid']).not.toBe(old?.metadata['uid'])
  })
})
