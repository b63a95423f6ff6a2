import { groupOf, identityOf, markLabel, refOf } from '@plimsoll/domain'
import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'
import { KubernetesError, listPages, servedAs } from '@plimsoll/kubernetes'
import type { Cluster, Listed } from '@plimsoll/kubernetes'
import type { LiveObjects } from '../cluster/live-objects.ts'
import { lookUp } from './look-up.ts'

/** Reads what lives, one object after another; those that are not there are asked for one by one. */
export type LiveBodies = (ref: ObjectRef) => Promise<KubernetesObject | undefined>

type Source = { readonly cluster: Cluster; readonly mark: string; readonly signal: AbortSignal }

const listedFrom = 20
/** Reading one of three objects by a list costs the API server less than asking for that one. */
const leastShare = 1 / 3

/**
 * Reads the objects of ours that are planned: by pages of a list where many of a kind are, so that a plan of a thousand objects
 * asks for a few pages. `refs` have to come in the order in which they will be asked for, which is that of `byPlace`: a page is
 * held until its objects were asked for, and no more than a few are.
 */
export function liveBodies(source: Source, refs: readonly ObjectRef[], live: LiveObjects): LiveBodies {
  const kinds = Map.groupBy(
    refs.filter((ref) => live.has(identityOf(ref))),
    kindOf,
  )
  const known = Map.groupBy(live.values(), ({ ref }) => kindOf(ref))
  const readers = new Map<string, Reader>()
  for (const [kind, wanted] of kinds) {
    const [one] = wanted
    if (one === undefined || wanted.length < listedFrom) continue
    if (wanted.length >= (known.get(kind)?.length ?? 0) * leastShare) readers.set(kind, openReader(source, one, wanted))
  }
  return async (ref) => (await readers.get(kindOf(ref))?.(ref)) ?? lookUp(source.cluster, ref, source.signal)
}

/** The order of an API server's lists. */
export function byPlace(a: ObjectRef, b: ObjectRef): number {
  const [left, right] = [placeOf(a), placeOf(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

function placeOf(ref: ObjectRef): string {
  return `${kindOf(ref)} ${nameOf(ref)}`
}

function kindOf({ apiVersion, kind }: ObjectRef): string {
  return `${groupOf(apiVersion)}/${kind}`
}

function nameOf({ namespace, name }: ObjectRef): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}

type Reader = (ref: ObjectRef) => Promise<KubernetesObject | undefined>

/** Reads on until the object is found or must have been passed. Each is handed out once: later it may be another. */
function openReader({ cluster, mark, signal }: Source, one: ObjectRef, wanted: readonly ObjectRef[]): Reader {
  const namespaces = new Set(wanted.map(({ namespace }) => namespace))
  const [namespace] = namespaces.size === 1 ? namespaces : [undefined]
  const names = new Set(wanted.map(nameOf))
  const waiting = new Map<string, KubernetesObject>()
  let last = ''
  let pages: AsyncGenerator<Listed, void> | undefined
  let reading: Promise<boolean> | undefined

  const readPage = async (): Promise<boolean> => {
    if (pages === undefined) {
      const type = await servedAs(cluster, one.apiVersion, one.kind)
      if (type === undefined) return false
      pages = listPages(cluster, type, { namespace, labelSelector: `${markLabel}=${mark}`, signal })
    }
    const page = await pages.next()
    if (page.done) return false
    for (const object of page.value.items) {
      last = nameOf(refOf(object))
      if (names.has(last)) waiting.set(last, object)
    }
    return true
  }
  const readOn = (): Promise<boolean> => (reading ??= readPage().finally(() => (reading = undefined)))

  return async (ref) => {
    const name = nameOf(ref)
    try {
      while (!waiting.has(name) && last < name && names.has(name)) if (!(await readOn())) names.clear()
    } catch (error) {
      // Without the right to list, or after minutes, each object is asked for by itself.
      if (!(error instanceof KubernetesError) || (error.retryable && error.kind !== 'expired')) throw error
      names.clear()
    }
    const found = waiting.get(name)
    waiting.delete(name)
    // A manifest of another version is compared in its own.
    return found?.apiVersion === ref.apiVersion ? found : undefined
  }
}
