import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DamagedMirrorError, openMirror } from '@plimsoll/git'
import type { Mirror, MirrorLimits, Remote } from '@plimsoll/git'

/** Mirrors of repositories below one folder, by id; each stays open once it was used. */
export type Mirrors = AsyncDisposable & {
  readonly use: <T>(id: string, remote: Remote, use: (mirror: Mirror) => Promise<T>) => Promise<T>
  /** Deletes one: the next use makes it anew. */
  readonly discard: (id: string) => Promise<void>
}

export function openMirrors(folder: string, limits: Partial<MirrorLimits> = {}): Mirrors {
  const mirrors = new Map<string, Mirror>()

  async function mirrorOf(id: string, remote: Remote): Promise<Mirror> {
    const known = mirrors.get(id)
    if (known !== undefined && JSON.stringify(known.remote) === JSON.stringify(remote)) return known
    await known?.[Symbol.asyncDispose]()
    const dir = join(folder, id)
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const mirror = await openMirror({ dir, remote, limits })
    mirrors.set(id, mirror)
    return mirror
  }

  async function discard(id: string): Promise<void> {
    await mirrors.get(id)?.[Symbol.asyncDispose]()
    mirrors.delete(id)
    await rm(join(folder, id), { recursive: true, force: true })
  }

  return {
    discard,
    async use(id, remote, use) {
      try {
        return await use(await mirrorOf(id, remote))
      } catch (error) {
        // A mirror is a cache: one that is damaged is thrown away, and the next try fetches it anew.
        if (error instanceof DamagedMirrorError) await discard(id)
        throw error
      }
    },
    async [Symbol.asyncDispose]() {
      for (const mirror of mirrors.values()) await mirror[Symbol.asyncDispose]()
    },
  }
}
