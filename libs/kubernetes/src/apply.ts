import type { Cluster } from './cluster.ts'
import { parseJson, refOf, stringifyJson } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { hideValues } from './hide-values.ts'
import { requestObject, sensitiveIn } from './request-object.ts'
import { warningsOf } from './warnings-of.ts'

/** What must hold for the write to happen: there is no such object yet, or it is exactly the one that was seen. */
export type Precondition = { readonly create: true } | { readonly uid: string; readonly resourceVersion: string }

export type ApplyOptions = {
  readonly dryRun?: boolean
  /** Takes fields that other managers own. */
  readonly force?: boolean
  readonly precondition?: Precondition | undefined
  readonly fieldManager?: string
  /** The cluster's `requestTimeoutMs` by default. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

export type Applied = {
  readonly object: KubernetesObject
  readonly created: boolean
  /** What the API server warns of: a deprecated version, a security level that would be violated. */
  readonly warnings: readonly string[]
}

/** Server-side apply of exactly the fields given. Throws KubernetesError; a failed precondition is `conflict-precondition`. */
export async function apply(cluster: Cluster, object: KubernetesObject, options: ApplyOptions = {}): Promise<Applied> {
  const ref = refOf(object)
  const asked = { ref, sent: object, sensitive: sensitiveIn(cluster, ref) }
  const answer = await requestObject(cluster, ref, {
    method: 'PATCH',
    query: {
      fieldManager: options.fieldManager ?? cluster.fieldManager,
      // An apply refuses unknown fields by its schema anyway; `Strict` only has the body parsed again to look for keys that are
      // there twice, which JSON of ours never has, and costs the API server an eighth of its time.
      fieldValidation: 'Ignore',
      force: options.force ? true : undefined,
      dryRun: options.dryRun ? 'All' : undefined,
    },
    contentType: 'application/apply-patch+yaml',
    body: stringifyJson(fenced(object, options.precondition)),
    sent: object,
    signal: options.signal,
    timeoutMs: options.timeoutMs,
  })
  return {
    object: parseJson(answer.body) as KubernetesObject,
    created: answer.status === 201,
    warnings: warningsOf(answer.headers).map((text) => hideValues(text, asked)),
  }
}

// No object ever has resourceVersion 1, so with it the server can create but not update.
function fenced(object: KubernetesObject, precondition: Precondition | undefined): KubernetesObject {
  if (!precondition) return object
  const fence =
    'create' in precondition
      ? { resourceVersion: '1' }
      : { uid: precondition.uid, resourceVersion: precondition.resourceVersion }
  return { ...object, metadata: { ...object.metadata, ...fence } }
}
