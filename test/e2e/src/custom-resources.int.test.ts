import { randomBytes } from 'node:crypto'
import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configMap, customResourceDefinition, documents } from './manifests.ts'
import { openProject } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

/** A project with a custom resource and its definition, and someone who then deletes the definition, and all with it. */
async function openProjectWithoutItsKind(sync_policy: { readonly self_heal?: boolean } = {}) {
  const group = `g${randomBytes(4).toString('hex')}.example.com`
  const gadget = { apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name: 'one' }, spec: { size: 3 } }
  const files = { 'crd.yaml': documents(customResourceDefinition(group)), 'one.yaml': documents(gadget) }
  const project = await openProject(stage.installation, {
    git: stage.git,
    files: { ...files, 'a.yaml': documents(configMap('a', { x: '1' })) },
    sync_policy: { auto_prune: true, ...sync_policy },
  })
  await project.untilSynced(project.first)
  const path = `/apis/${group}/v1/namespaces/${project.namespace}/gadgets/one`
  const first = await stage.cluster.get(path)
  expect(first).toMatchObject({ spec: { size: 3 } })
  await stage.cluster.delete(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.${group}`)
  const old = first?.metadata['uid']
  // It may be put back at once.
  if (sync_policy.self_heal) return { project, files, path, old }
  const unserved = async () => (await stage.cluster.request('GET', `/apis/${group}/v1`)).status === 404
  await until(unserved, { what: 'the kind is gone', timeoutMs: 150_000 })
  return { project, files, path, old }
}

describe.concurrent('a definition that someone deleted', () => {
  test('comes back with its objects by the next sync', async () => {
    const { project, path } = await openProjectWithoutItsKind()
    await project.untilSynced(await project.push({ 'a.yaml': documents(configMap('a', { x: '2' })) }))
    expect(await stage.cluster.get(path)).toMatchObject({ spec: { size: 3 } })
  })

  test('is put back with its objects where drift is', async () => {
    const { path, old } = await openProjectWithoutItsKind({ self_heal: true })
    const found = async () => {
      const live = await stage.cluster.get(path).catch(() => undefined)
      return live?.metadata['uid'] === old ? undefined : live
    }
    expect(await until(found, { what: 'the object is there again', timeoutMs: 150_000 })).toMatchObject({
      spec: { size: 3 },
    })
  })

  test('does not stop a commit that no longer holds it', async () => {
    const { project, files } = await openProjectWithoutItsKind()
    const removal = Object.fromEntries(Object.keys(files).map((path) => [path, null]))
    const sync = await project.untilSynced(
      await project.push({ ...removal, 'a.yaml': documents(configMap('a', { x: '2' })) }),
    )
    expect(sync.metrics).toMatchObject({ resources_processed: 1, resources_applied: 1 })
  })

  test('does not stop the deletion of the workflow', async () => {
    const { project } = await openProjectWithoutItsKind()
    await stage.operator.deleteWorkflow(project.id, { cascade: true })
    const released = await project.untilEvent('WorkflowReleased')
    expect(released).toEqual({ deleted: 1, kept: [] })
  })
})
