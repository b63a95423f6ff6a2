import { refOf } from '@plimsoll/domain'
import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'
import type { Cluster } from './cluster.ts'
import { explainUnhealthy } from './explain-unhealthy.ts'
import { follow } from './follow.ts'
import { hasHealth, health } from './health/health.ts'
import type { Health } from './health/health-status.ts'
import { requireType } from './resource-of.ts'
import type { CustomHealth } from './wait-healthy.ts'

/** How something that is run rather than kept came to its end, if it did. */
export type Done = {
  readonly outcome: 'succeeded' | 'failed' | 'timeout' | 'gone'
  /** What its status says, for people. */
  readonly message: string
  /** As it was seen last. */
  readonly object: KubernetesObject
}

export type WaitDoneOptions = {
  readonly timeoutMs: number
  readonly custom?: CustomHealth | undefined
  /** Hears what its status says, as that changes, until it is done. */
  readonly onProgress?: (message: string) => void
  readonly signal?: AbortSignal | undefined
}

/**
 * Waits until an object that was created has done what it is for: a Job is complete, a Pod has ended well, anything else is
 * healthy. What is suspended is waited for. `gone`: somebody deleted it before. Throws KubernetesError where it may not
 * watch, and the signal's reason.
 */
export async function waitDone(
  cluster: Cluster,
  created: KubernetesObject,
  { timeoutMs, custom, onProgress, signal }: WaitDoneOptions,
): Promise<Done> {
  signal?.throwIfAborted()
  const { apiVersion, kind } = created
  const ref = refOf(created)
  if (!hasHealth(apiVersion, kind) && custom?.has(apiVersion, kind) !== true)
    return { outcome: 'succeeded', message: '', object: created }
  const timer = new AbortController()
  const timeout = setTimeout(() => timer.abort(), timeoutMs)
  const ended = AbortSignal.any([timer.signal, ...(signal === undefined ? [] : [signal])])
  let last = created
  let said: Health | undefined
  const judge = async (object: KubernetesObject): Promise<Done | undefined> => {
    last = object
    const before = said?.message
    said = await (custom?.has(apiVersion, kind) === true ? custom.judge(object) : health(object))
    const done = doneBy(said, object)
    if (done === undefined && said.message !== '' && said.message !== before) onProgress?.(said.message)
    return done
  }
  try {
    for await (const event of watchOne(cluster, ref, created.metadata.uid, ended)) {
      // What is being deleted may have ended before.
      const done = event.gone ? await judge(undying(event.object ?? last)) : await judge(event.object)
      if (done !== undefined) return done
      if (event.gone) return { outcome: 'gone', message: 'it was deleted before it ended', object: last }
    }
  } finally {
    clearTimeout(timeout)
  }
  signal?.throwIfAborted()
  const why = await explainUnhealthy(cluster, last).catch(() => undefined)
  return { outcome: 'timeout', message: [said?.message, why].filter(Boolean).join('; '), object: last }
}

function doneBy({ status, message, final }: Health, object: KubernetesObject): Done | undefined {
  if (status === 'Healthy') return { outcome: 'succeeded', message, object }
  return status === 'Degraded' && final === true ? { outcome: 'failed', message, object } : undefined
}

type Seen =
  | { readonly gone: false; readonly object: KubernetesObject }
  | { readonly gone: true; readonly object: KubernetesObject | undefined }

/** Every state of one object, and that it is gone; another one of its name is not it. */
async function* watchOne(
  cluster: Cluster,
  ref: ObjectRef,
  uid: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Seen> {
  const type = await requireType(cluster, ref)
  const fieldSelector = `metadata.name=${ref.name}`
  for await (const event of follow(cluster, type, { namespace: ref.namespace, fieldSelector, signal })) {
    if (event.type === 'SYNCED') {
      if (!event.uids.has(uid ?? '')) yield { gone: true, object: undefined }
    } else if (event.object.metadata.uid === uid)
      yield event.type === 'DELETED' ? { gone: true, object: event.object } : { gone: false, object: event.object }
  }
}

function undying(object: KubernetesObject): KubernetesObject {
  const { deletionTimestamp: _dropped, ...metadata } = object.metadata
  return { ...object, metadata }
}
