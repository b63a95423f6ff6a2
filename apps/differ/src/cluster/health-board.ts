import { identityOf, refOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { hasHealth, health } from '@plimsoll/kubernetes'
import type { CustomHealth } from '@plimsoll/kubernetes'

/** How long something has to last before it is told, in milliseconds. */
export type HealthPatience = {
  /** Of an object that is degraded. */
  readonly degradedMs: number
  /** Of one that is on its way, or of which nothing can be told: a rollout, a restart, more replicas. */
  readonly progressingMs: number
  /** Of one that is well again; twice as long each time that it soon was not. */
  readonly wellMs: number
}

export const healthPatience: HealthPatience = { degradedMs: 3_000, progressingMs: 60_000, wellMs: 2_000 }

const longestWellMs = 300_000
const soonMs = 600_000

/** Judges objects as they are seen, and tells how one fares once that has lasted. */
export type HealthBoard = Disposable & {
  readonly see: (object: KubernetesObject) => void
  readonly drop: (identity: string) => void
}

type Entry = {
  /** What was told last; empty for well. */
  told: string
  now: string
  since: number
  /** How often it was told to be unwell, each time soon after the last. */
  relapses: number
  toldAt: number
  seen: number
}

export type BoardOptions = {
  readonly custom: CustomHealth | undefined
  /** What was told of an object before this board. */
  readonly told: (identity: string) => string
  /** Hears the word of `Health`, empty for well. */
  readonly tell: (identity: string, health: string) => void
  readonly patience?: HealthPatience | undefined
}

export function openHealthBoard({ custom, told, tell, patience = healthPatience }: BoardOptions): HealthBoard {
  const entries = new Map<string, Entry>()
  /** Those whose word is another than was told. */
  const waiting = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let armedFor = Infinity
  let isOver = false

  const dueAt = (entry: Entry): number => entry.since + patienceFor(entry, patience)
  const arm = (): void => {
    // A custom check may answer after the end.
    if (isOver) return
    const next = Math.min(...[...waiting].flatMap((identity) => entries.get(identity) ?? []).map(dueAt))
    if (next === armedFor) return
    clearTimeout(timer)
    armedFor = next
    if (Number.isFinite(next)) timer = setTimeout(tellDue, Math.max(0, next - Date.now()))
  }
  const tellDue = (): void => {
    armedFor = Infinity
    const now = Date.now()
    for (const identity of waiting) {
      const entry = entries.get(identity)
      if (entry === undefined || dueAt(entry) > now) continue
      waiting.delete(identity)
      if (entry.now !== '' && entry.told === '') {
        entry.relapses = now - entry.toldAt < soonMs ? entry.relapses + 1 : 0
      }
      entry.told = entry.now
      entry.toldAt = now
      tell(identity, entry.now)
    }
    arm()
  }
  const note = (identity: string, word: string): void => {
    const entry = entries.get(identity)
    if (entry === undefined) return
    if (entry.now !== word) {
      // From one ill to another the patience goes on: it has not been well since.
      if (entry.now === '' || word === '') entry.since = Date.now()
      entry.now = word
    }
    if (entry.now === entry.told) waiting.delete(identity)
    else waiting.add(identity)
    arm()
  }
  return {
    see: (object) => {
      const isCustom = custom?.has(object.apiVersion, object.kind) === true
      if (!isCustom && !hasHealth(object.apiVersion, object.kind)) return
      const identity = identityOf(refOf(object))
      const known = entries.get(identity)
      const before = told(identity)
      const fresh = { told: before, now: before, since: Date.now(), relapses: 0, toldAt: -Infinity, seen: 0 }
      const entry: Entry = known ?? fresh
      entry.told = before
      entries.set(identity, entry)
      const turn = ++entry.seen
      if (!isCustom || object.metadata['deletionTimestamp'] !== undefined) return note(identity, wordOf(health(object)))
      void custom.judge(object).then(
        (judged) => {
          // Answers may come in another order than the states that they are about.
          if (entry.seen === turn) note(identity, wordOf(judged))
        },
        () => {},
      )
    },
    drop: (identity) => {
      entries.delete(identity)
      waiting.delete(identity)
    },
    [Symbol.dispose]: () => {
      isOver = true
      clearTimeout(timer)
    },
  }
}

function wordOf({ status }: { readonly status: string }): string {
  return status === 'Healthy' || status === 'Suspended' ? '' : status
}

function patienceFor({ now, relapses }: Entry, { degradedMs, progressingMs, wellMs }: HealthPatience): number {
  if (now === '') return Math.min(longestWellMs, wellMs * 2 ** Math.min(relapses, 20))
  return now === 'Degraded' ? degradedMs : progressingMs
}
