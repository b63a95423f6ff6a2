import { describeRef } from '@plimsoll/domain'
import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'
import type { Cluster } from './cluster.ts'
import { explainUnhealthy } from './explain-unhealthy.ts'
import { follow } from './follow.ts'
import { hasHealth, health } from './health/health.ts'
import { hideValuesSent } from './hide-values.ts'
import { healthy, progressing } from './health/health-status.ts'
import type { Health } from './health/health-status.ts'
import { get } from './get.ts'
import { requireType } from './resource-of.ts'

export type HealthTarget = {
  /** `sensitive`: JSON pointers of values in it that no message tells. */
  readonly ref: ObjectRef & { readonly sensitive?: readonly string[] }
  /** `metadata.generation` after the apply; what is said about an older one does not count. */
  readonly generation?: number | undefined
}

/** Health checks that come before the built-in ones, by kind. */
export type CustomHealth = {
  readonly has: (apiVersion: string, kind: string) => boolean
  readonly judge: (object: KubernetesObject) => Promise<Health>
}

export type HealthResult = { readonly ref: ObjectRef; readonly health: Health }

export type WaitHealthyOptions = {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Narrows the watches, when all targets carry these labels. */
  readonly labelSelector?: string | undefined
  readonly custom?: CustomHealth | undefined
  readonly onChange?: ((result: HealthResult) => void) | undefined
}

export type WaitHealthyResult = { readonly healthy: boolean; readonly results: readonly HealthResult[] }

/**
 * Waits until every target is healthy (or suspended, as Git may declare it), the time is over, or one is degraded for good. It
 * watches once per kind and namespace; kinds that can only be healthy cost no call. Throws KubernetesError where it may not
 * watch, and the signal's reason.
 */
export async function waitHealthy(
  cluster: Cluster,
  targets: readonly HealthTarget[],
  options: WaitHealthyOptions,
): Promise<WaitHealthyResult> {
  options.signal?.throwIfAborted()
  const board = openBoard(targets, options)
  const done = new AbortController()
  const timer = setTimeout(() => done.abort(), options.timeoutMs)
  const stop = (): void => done.abort()
  options.signal?.addEventListener('abort', stop, { once: true })
  const check = (): void => {
    if (board.isSettled()) done.abort()
  }
  const judge = judgeWith(options.custom)
  try {
    check()
    const groups = done.signal.aborted ? [] : [...board.groups()]
    const watches = groups.map((group) =>
      watchGroup(cluster, group, { board, judge, check, signal: done.signal, labelSelector: options.labelSelector }),
    )
    await Promise.all(watches.map((watching) => watching.catch(abortAndThrow(done))))
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', stop)
  }
  options.signal?.throwIfAborted()
  const results = await Promise.all(board.results().map((result) => explain(cluster, board, result)))
  return { healthy: results.every(isGood), results }
}

function abortAndThrow(done: AbortController) {
  return (error: unknown): never => {
    done.abort()
    throw error
  }
}

type Group = { readonly targets: readonly HealthTarget[]; readonly ref: ObjectRef }

type Board = {
  readonly groups: () => Iterable<Group>
  readonly see: (ref: ObjectRef, object: KubernetesObject | undefined, health: Health) => void
  readonly seen: (ref: ObjectRef) => KubernetesObject | undefined
  readonly results: () => readonly HealthResult[]
  readonly isSettled: () => boolean
}

function openBoard(
  targets: readonly HealthTarget[],
  { custom, onChange }: Pick<WaitHealthyOptions, 'custom' | 'onChange'>,
): Board {
  const initial = ({ ref: { apiVersion, kind } }: HealthTarget): Health =>
    hasHealth(apiVersion, kind) || custom?.has(apiVersion, kind) === true
      ? { status: 'Unknown', message: 'not yet seen' }
      : healthy
  const entries = new Map(targets.map((target) => [describeKey(target.ref), { target, health: initial(target) }]))
  const objects = new Map<string, KubernetesObject>()
  return {
    groups: () =>
      groupsOf([...entries.values()].filter(({ health: now }) => now !== healthy).map(({ target }) => target)),
    see: (ref, object, now) => {
      const entry = entries.get(describeKey(ref))
      if (!entry) return
      if (object) objects.set(describeKey(ref), object)
      const changed = now.status !== entry.health.status || now.message !== entry.health.message
      entry.health = now
      if (changed) onChange?.({ ref: entry.target.ref, health: now })
    },
    seen: (ref) => objects.get(describeKey(ref)),
    results: () => [...entries.values()].map(({ target, health: now }) => ({ ref: target.ref, health: now })),
    isSettled: () => {
      const all = [...entries.values()]
      return all.every(isGood) || all.some((entry) => entry.health.final === true)
    },
  }
}

type Judge = (object: KubernetesObject | undefined, target: HealthTarget) => Promise<Health>

function judgeWith(custom: CustomHealth | undefined): Judge {
  return async (object, target) => {
    const { generation } = target
    if (object && generation !== undefined && (object.metadata.generation ?? generation) < generation)
      return progressing('an older generation is seen')
    const isCustom = object !== undefined && custom?.has(object.apiVersion, object.kind) === true
    // What is being deleted is not there to stay, whatever a check of its status says.
    const judged =
      isCustom && object.metadata['deletionTimestamp'] === undefined ? custom.judge(object) : health(object)
    return hushed(await judged, object, target)
  }
}

/** How one object fares at this moment, and why if it is not well. Throws KubernetesError. */
export async function healthNow(
  cluster: Cluster,
  target: HealthTarget,
  { custom, signal }: Pick<WaitHealthyOptions, 'custom' | 'signal'> = {},
): Promise<Health> {
  const { apiVersion, kind } = target.ref
  if (!hasHealth(apiVersion, kind) && custom?.has(apiVersion, kind) !== true) return healthy
  const object = await get(cluster, target.ref, { signal })
  const found = await judgeWith(custom)(object, target)
  if (object === undefined || isGood({ health: found })) return found
  const why = await explainUnhealthy(cluster, object).catch(() => undefined)
  return why === undefined ? found : hushed({ ...found, message: `${found.message}; ${why}` }, object, target)
}

/** Without the values of the object that nobody gets to see. */
function hushed<Said extends Health>(said: Said, object: KubernetesObject | undefined, { ref }: HealthTarget): Said {
  const { sensitive = [] } = ref
  if (object === undefined || sensitive.length === 0) return said
  return { ...said, message: hideValuesSent(said.message, { ref, sent: object, sensitive }) }
}

function isGood({ health: { status } }: { readonly health: Health }): boolean {
  return status === 'Healthy' || status === 'Suspended'
}

function groupsOf(targets: readonly HealthTarget[]): Iterable<Group> {
  const byGroup = Map.groupBy(targets, ({ ref }) => `${ref.apiVersion} ${ref.kind} ${ref.namespace ?? ''}`)
  return [...byGroup.values()].flatMap((group) => (group[0] ? [{ targets: group, ref: group[0].ref }] : []))
}

type GroupWatch = {
  readonly board: Board
  readonly judge: Judge
  /** Called after each news. */
  readonly check: () => void
  readonly signal: AbortSignal
  readonly labelSelector: string | undefined
}

async function watchGroup(
  cluster: Cluster,
  { targets, ref }: Group,
  { board, judge, check, signal, labelSelector }: GroupWatch,
): Promise<void> {
  const type = await requireType(cluster, ref)
  const fieldSelector = targets.length === 1 ? `metadata.name=${ref.name}` : undefined
  const wanted = new Map(targets.map((target) => [target.ref.name, target]))
  const present = new Map<string, string>()
  const see = async (target: HealthTarget, object: KubernetesObject | undefined): Promise<void> =>
    board.see(target.ref, object, await judge(object, target))
  for await (const event of follow(cluster, type, { namespace: ref.namespace, labelSelector, fieldSelector, signal })) {
    if (event.type === 'SYNCED') {
      for (const [name, target] of wanted) if (!event.uids.has(present.get(name) ?? '')) await see(target, undefined)
    } else {
      const { name, uid = '' } = event.object.metadata
      const target = wanted.get(name)
      if (!target) continue
      present.set(name, uid)
      await see(target, event.type === 'DELETED' ? undefined : event.object)
    }
    check()
  }
}

async function explain(cluster: Cluster, board: Board, result: HealthResult): Promise<HealthResult> {
  const object = board.seen(result.ref)
  if (isGood(result) || !object) return result
  const why = await explainUnhealthy(cluster, object).catch(() => undefined)
  if (!why) return result
  const said = { ...result.health, message: `${result.health.message}; ${why}` }
  return { ...result, health: hushed(said, object, result) }
}

function describeKey(ref: ObjectRef): string {
  return `${ref.apiVersion} ${describeRef(ref)}`
}
