import { setTimeout as delay } from 'node:timers/promises'
import { describeRef, refOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import type { Cluster } from './cluster.ts'
import { fieldsOf, listOf, recordOf, textOf } from './health/health-status.ts'
import { KubernetesError } from './kubernetes-error.ts'
import { resourceOf } from './resource-of.ts'
import { waitHealthy } from './wait-healthy.ts'

const firstPauseMs = 20
const longestPauseMs = 500

/**
 * Waits until the API server serves what these CustomResourceDefinitions declare, and this cluster's discovery knows it, so that
 * their objects can be applied next. Throws KubernetesError `timeout`, or `invalid` for a definition that it will never serve.
 */
export async function waitEstablished(
  cluster: Cluster,
  definitions: readonly KubernetesObject[],
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  const targets = definitions.map((definition) => ({ ref: refOf(definition) }))
  const { results } = await waitHealthy(cluster, targets, { timeoutMs, signal })
  for (const { ref, health } of results) {
    if (health.status === 'Healthy') continue
    const message = `${describeRef(ref)} is not established: ${health.message}`
    const final = health.status === 'Degraded'
    throw new KubernetesError({ kind: final ? 'invalid' : 'timeout', message, retryable: !final, ref })
  }
  for (const definition of definitions) await waitDiscovered(cluster, definition, deadline, signal)
}

// Discovery is refreshed by the API server a moment after the definition is established.
async function waitDiscovered(
  cluster: Cluster,
  definition: KubernetesObject,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ref = refOf(definition)
  for (const { apiVersion, kind } of servedKinds(definition)) {
    for (let pauseMs = firstPauseMs; !(await resourceOf(cluster, apiVersion, kind)); pauseMs *= 2) {
      if (performance.now() > deadline) {
        const message = `${describeRef(ref)} is established, and the API server does not list ${kind} in ${apiVersion} yet`
        throw new KubernetesError({ kind: 'timeout', message, retryable: true, ref })
      }
      await delay(Math.min(pauseMs, longestPauseMs), undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
  }
}

function servedKinds(definition: KubernetesObject): { readonly apiVersion: string; readonly kind: string }[] {
  const spec = fieldsOf(definition, 'spec')
  const kind = textOf(recordOf(spec['names'])['kind'])
  return listOf(spec['versions'])
    .filter(({ served }) => served === true)
    .map(({ name }) => ({ apiVersion: `${textOf(spec['group'])}/${textOf(name)}`, kind }))
}
