import { fieldManager, groupOf, identityOf, markAnnotation, markLabel, refOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { deleteLiveObjects, upsertLiveObjects } from '@plimsoll/event-log'
import type { EventLog, LiveObject } from '@plimsoll/event-log'
import { ownedHash } from '@plimsoll/kubernetes'

/** The rows of one cluster's live objects, as its watcher keeps them: written only when something changed that planning looks at. */
export type LiveRows = {
  readonly see: (object: KubernetesObject) => void
  readonly drop: (object: KubernetesObject) => void
  /** Drops what a complete list of a kind no longer holds. */
  readonly keepOnly: (group: string, kind: string, uids: ReadonlySet<string>) => void
  /** Writes what has changed since; all of it is durable when it returns. */
  readonly flush: () => Promise<void>
}

export function openLiveRows(
  log: EventLog,
  cluster: string,
  known: readonly LiveObject[],
  hash: (text: string) => string,
): LiveRows {
  const rows = new Map(known.map((row) => [rowIdentity(row), row]))
  let changed = new Map<string, LiveObject>()
  // One write at a time: a later state of an object must not be overtaken by an earlier one.
  let writing = Promise.resolve()

  const forget = (identity: string, row: LiveObject): void => {
    rows.delete(identity)
    changed.set(identity, { ...row, present: false })
  }
  const write = async (): Promise<void> => {
    const batch = changed
    changed = new Map()
    const [present, absent] = [true, false].map((state) => [...batch.values()].filter((row) => row.present === state))
    try {
      await upsertLiveObjects(log, cluster, present ?? [])
      await deleteLiveObjects(log, cluster, absent ?? [])
    } catch (error) {
      changed = new Map([...batch, ...changed])
      throw error
    }
  }
  return {
    see: (object) => {
      const identity = identityOf(refOf(object))
      const row = rowOf(object, hash)
      const before = rows.get(identity)
      if (before !== undefined && isSame(before, row)) return
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

function rowOf(object: KubernetesObject, hash: (text: string) => string): LiveObject {
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
    present: true,
  }
}

function rowIdentity({ group, kind, namespace, name }: LiveObject): string {
  return `${group}/${kind}/${namespace}/${name}`
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
