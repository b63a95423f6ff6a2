import { workflowConfig } from '@plimsoll/domain'
import type { KubernetesObject, Step } from '@plimsoll/domain'
import { freshNamespace, testEnvironment } from '@plimsoll/harness'
import { apply, get, openCluster } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applySteps } from './apply-steps.ts'
import { awaitQuotas } from './await-quotas.ts'
import type { Outcome } from './carry-out.ts'
import type { Writer } from './writer.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') })
})
afterAll(() => cluster[Symbol.asyncDispose]())

function writer(): Writer {
  const config = workflowConfig({ id: 'w', repository: 'r' })
  if (!config.ok) throw new Error('no config')
  return {
    cluster,
    config: config.value,
    mark: 'm',
    hash: (text) => text,
    mayWrite: () => {},
    backUp: async () => {},
    isResumed: false,
    signal: AbortSignal.timeout(100_000),
  }
}

const quotaOf = (namespace: string, secrets: number): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'small', namespace },
  spec: { hard: { secrets: String(secrets) } },
})

test('what a quota lets in only now is applied in the same sync, time after time', async () => {
  const namespace = await freshNamespace()
  const signal = AbortSignal.timeout(100_000)
  await apply(cluster, quotaOf(namespace, 0))
  await awaitQuotas(cluster, [quotaOf(namespace, 0)], { timeoutMs: 30_000, signal })
  // The API server counts against the old amount for a moment only, and not each time.
  for (let round = 1; round <= 12; round++) {
    const names = Array.from({ length: round }, (_, index) => `s-${index}`)
    const secrets = names.map((name) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } }))
    const { object: live } = await apply(cluster, quotaOf(namespace, round - 1))
    // As a plan does before: what it asks makes the API server look at the quota.
    await Promise.all(secrets.map((secret) => apply(cluster, secret, { dryRun: true }).catch(() => {})))
    const { uid = '', resourceVersion = '' } = live.metadata
    const steps: Step[] = [
      {
        action: 'update',
        object: quotaOf(namespace, round),
        digest: 'd',
        live: { uid, resourceVersion },
        force: false,
      },
      ...secrets.slice(-1).map((object): Step => ({ action: 'create', object, digest: 'd' })),
    ]
    const outcomes: Outcome[] = []
    await applySteps(writer(), steps, (outcome) => outcomes.push(outcome))
    expect(outcomes.map(({ done }) => done)).toEqual(['applied', 'applied'])
  }
})

test('a quota that nobody counts holds nothing up for longer than its time', async () => {
  const quota = quotaOf(await freshNamespace(), 1)
  const started = performance.now()
  await awaitQuotas(cluster, [quota], { timeoutMs: 300, signal: AbortSignal.timeout(100_000) })
  expect(performance.now() - started).toBeLessThan(60_000)
  expect(
    await get(cluster, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      name: 'small',
      namespace: quota.metadata.namespace ?? '',
    }),
  ).toBeUndefined()
})
