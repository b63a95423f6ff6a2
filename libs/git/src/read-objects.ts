import { setImmediate } from 'node:timers/promises'
import { DamagedMirrorError } from './damaged-mirror-error.ts'
import { oidOf } from './index-pack.ts'
import type { Mirror } from './mirror.ts'
import type { PackEntry } from './pack-store.ts'

export type RawObject = { readonly oid: string; readonly type: 'tree' | 'blob'; readonly body: Uint8Array }

const sliceMs = 5

/**
 * The bodies of trees (in Git's own format) and blobs, in the order in which they lie on disk. Each is checked against
 * its id. Lets other work run every few milliseconds. Throws DamagedMirrorError when one is missing or broken.
 */
export async function* readObjects(mirror: Mirror, oids: Iterable<string>): AsyncGenerator<RawObject> {
  const wanted = new Map<string, PackEntry>()
  for (const oid of oids) {
    const entry = mirror.store.find(oid)
    if (entry === undefined) throw new DamagedMirrorError(`object ${oid} is not in the mirror`)
    wanted.set(oid, entry)
  }
  const inOrder = [...wanted].toSorted(([, a], [, b]) => a.offset - b.offset)
  let pause = performance.now() + sliceMs
  for (const [oid, entry] of inOrder) {
    yield readChecked(oid, entry)
    if (performance.now() < pause) continue
    await setImmediate()
    pause = performance.now() + sliceMs
  }
}

/** One object, in the way of `readObjects`. */
export function readObject(mirror: Mirror, oid: string): { type: string; body: Buffer } {
  const entry = mirror.store.find(oid)
  if (entry === undefined) throw new DamagedMirrorError(`object ${oid} is not in the mirror`)
  return check(oid, entry)
}

function readChecked(oid: string, entry: PackEntry): RawObject {
  const { type, body } = check(oid, entry)
  if (type !== 'tree' && type !== 'blob')
    throw new DamagedMirrorError(`object ${oid} is a ${type}, not a file or folder`)
  return { oid, type, body }
}

function check(oid: string, { pack, offset }: PackEntry): { type: string; body: Buffer } {
  const object = attempt(oid, () => pack.read(offset))
  const digest = oidOf(object)
  if (digest !== oid) throw new DamagedMirrorError(`object ${oid} has another content (${digest})`)
  return object
}

function attempt<T>(oid: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new DamagedMirrorError(
      `object ${oid} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
