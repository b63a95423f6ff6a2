import { createHash } from 'node:crypto'
import { fieldManager, groupOf, identityOf, markAnnotation, markLabel, refOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { deleteLiveObjects, inTransaction, upsertLiveObjects, wake } from '@plimsoll/event-log'
import type { EventLog, LiveObject } from '@plimsoll/event-log'
import { ownedHash } from '@plimsoll/kubernetes'

/**
 * The rows of one cluster's live objects, as its watcher keeps them: written only when something changed that planning looks at,
 * or that may be drift.
 */
export type LiveRows = {
  readonly see: (object: KubernetesObject) => void
  /** Notes how an object fares, by `group/Kind/namespace/name`; empty for well. */
  readonly healthOf: (identity: string) => string
  readonly setHealth: (identity: string, health: string) => void
  readonly drop: (object: KubernetesObject) => void
  /** Drops what a complete list of a kind no longer holds. */
  readonly keepOnly: (group: string, kind: string, uids: ReadonlySet<string>) => void
  /** Writes what has changed since; all of it is durable when it returns. */
  readonly flush: () => Promise<void>
}

/** The streams that are to look for drift, by the marks of what changed. */
export type StreamsOf = (marks: ReadonlySet<string>) => Promise<readonly string[]>

export function openLiveRows(
  log: EventLog,
  cluster: string,
  known: readonly LiveObject[],
  hash: (text: string) => string,
  streamsOf: StreamsOf = () => Promise.resolve([]),
): LiveRows {
  const rows = new Map(known.map((row) => [rowIdentity(row), row]))
  const bodies = new Map<string, string>()
  let changed = new Map<string, LiveObject>()
  let marks = new Set<string>()
  // One write at a time: a later state of an object must not be overtaken by an earlier one.
  let writing = Promise.resolve()

  const forget = (identity: string, row: LiveObject): void => {
    rows.delete(identity)
    bodies.delete(identity)
    marks.add(row.mark)
    changed.set(identity, { ...row, present: false })
  }
  const write = async (): Promise<void> => {
    const [batch, touched] = [changed, marks]
    if (batch.size === 0) return
    changed = new Map()
    marks = new Set()
    const [present, absent] = [true, false].map((state) => [...batch.values()].filter((row) => row.present === state))
    try {
      const streams = (await streamsOf(touched)).map((stream) => ({ stream }))
      // Together: a change that was written and told to nobody would be no news to the next watcher.
      await inTransaction(log, async (tx) => {
        await upsertLiveObjects(tx, cluster, present ?? [])
        await deleteLiveObjects(tx, cluster, absent ?? [])
        await wake(tx, 'drift', streams)
      })
      if (streams.length > 0) log.hints?.onWake?.('drift')
    } catch (error) {
      changed = new Map([...batch, ...changed])
      marks = marks.union(touched)
      throw error
    }
  }
  return {
    see: (object) => {
      const identity = identityOf(refOf(object))
      const before = rows.get(identity)
      const row = rowOf(object, hash, before)
      const [body, bodyBefore] = [bodyOf(object), bodies.get(identity)]
      bodies.set(identity, body)
      if (before !== undefined && isSame(before, row) && (bodyBefore ?? body) === body) return
      if (before !== undefined) marks.add(before.mark)
      marks.add(row.mark)
      rows.set(identity, row)
      changed.set(identity, row)
    },
    healthOf: (identity) => rows.get(identity)?.health ?? '',
    setHealth: (identity, health) => {
      const before = rows.get(identity)
      if (before === undefined || before.health === health) return
      const row = { ...before, health }
      marks.add(row.mark)
      rows.set(identity, row)
      changed.set(identity, row)
    },
    drop: (object) => {
      const identity = identityOf(refOf(object))
      const row = rows.get(identity)
      if (row?.uid === object.metadata.uid && row !== undefined) forget(identity, row)
    },
    keepOnly: (group, kind, uids) => {
      for (const [identity, row] of rows)
        if (row.group === group && row.kind === kind && !uids.has(row.uid)) forget(identity, row)
    },
    flush: () => {
      writing = writing.catch(() => {}).then(write)
      return writing
    },
  }
}

function rowOf(object: KubernetesObject, hash: (text: string) => string, before: LiveObject | undefined): LiveObject {
  const { name, namespace = '', uid = '', resourceVersion = '', labels, annotations } = object.metadata
  return {
    group: groupOf(object.apiVersion),
    kind: object.kind,
    namespace,
    name,
    uid,
    resourceVersion,
    ownedHash: ownedHash(object, fieldManager, hash),
    mark: labels?.[markLabel] ?? '',
    idAnnotation: annotations?.[markAnnotation] ?? '',
    health: before?.uid === uid ? before.health : '',
    present: true,
  }
}

function rowIdentity({ group, kind, namespace, name }: LiveObject): string {
  return `${group}/${kind}/${namespace}/${name}`
}

/**
 * Digest of what is declared of an object, by whomever. Once a field of ours was changed its owner is another, and what that one
 * does to it next does not show in what is ours.
 */
function bodyOf({ metadata, status: _status, ...body }: KubernetesObject): string {
  const { generation, labels, annotations } = metadata
  const text = JSON.stringify([labels, annotations, generation ?? body], (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return createHash('sha1').update(text).digest('base64')
}

/** A resourceVersion that only a status update moved is no change: it costs one more read when it matters. */
function isSame(before: LiveObject, after: LiveObject): boolean {
  return (
    before.uid === after.uid &&
    before.ownedHash === after.ownedHash &&
    before.mark === after.mark &&
    before.idAnnotation === after.idAnnotation
  )
}
