import { randomBytes } from 'node:crypto'
import { hookRun, workflowConfig } from '@plimsoll/domain'
import type { KubernetesObject, ObjectHook } from '@plimsoll/domain'
import { freshNamespace, testEnvironment } from '@plimsoll/harness'
import { apply, openCluster } from '@plimsoll/kubernetes'
import { hookObject } from '@plimsoll/service'
import { expect, test } from 'vitest'
import { configMap } from '../../test/objects.ts'
import type { Planner } from '../objects/candidate.ts'
import { planHooks } from './plan-hooks.ts'

const arriving = { unaskable: () => undefined, isOfComingKind: () => false, mendedBy: () => undefined }

function hookOf(object: KubernetesObject, policy: ObjectHook['delete_policies'][number]): ObjectHook {
  const annotations = { 'plimsoll.dev/hook': 'Sync', 'plimsoll.dev/hook-delete-policy': policy }
  const hook = { ...object, metadata: { ...object.metadata, annotations } }
  const name = `ConfigMap/${object.metadata.name}`
  return {
    kind: 'object',
    phase: 'Sync',
    wave: 0,
    name,
    object: hook,
    delete_policies: [policy],
    origin: 'plimsoll',
    where: 'a',
  }
}

test(
  'a hook that goes with the sync that writes is in the way of nothing that comes after it',
  { timeout: 60_000 },
  async () => {
    await using cluster = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') })
    const namespace = await freshNamespace()
    const mark = randomBytes(8).toString('hex')
    const checked = workflowConfig({ id: 'shop', repository: 'shop', destination: { namespace } })
    if (!checked.ok) throw new Error('no configuration')
    const planner: Planner = {
      cluster,
      config: checked.value,
      mark,
      token: () => '',
      hash: (text) => text,
      workflowOf: async () => undefined,
      isPreview: true,
      signal: AbortSignal.timeout(60_000),
    }
    const hooks = (['HookSucceeded', 'HookFailed'] as const).map((policy) =>
      hookOf(configMap(policy.toLowerCase(), namespace, {}), policy),
    )
    for (const { object } of hooks)
      await apply(cluster, hookObject(object, mark, hookRun('sync-1', 'Sync'), 'x'), { precondition: { create: true } })
    const inTheWayOf = async (writing: string | null) => {
      const facts = { arriving, sensitiveOf: () => [], writing }
      const { conflicts } = await planHooks(planner, { hooks, notRun: [], faults: [], unknown: [] }, facts)
      return conflicts.map(({ ref }) => ref.name)
    }
    expect(await inTheWayOf('sync-1')).toEqual(['hookfailed'])
    expect(await inTheWayOf('sync-2')).toEqual(['hooksucceeded', 'hookfailed'])
    expect(await inTheWayOf(null)).toEqual(['hooksucceeded', 'hookfailed'])
  },
)
