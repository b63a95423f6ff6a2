import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openPackFile, type PackFile } from './pack-file.ts'

/** Where an object lies. */
export type PackEntry = { readonly pack: PackFile; readonly offset: number }

/** The packs of one folder. */
export type PackStore = {
  has(oid: string): boolean
  find(oid: string): PackEntry | undefined
  packs(): number
  /** Opens packs that came since, and closes those that went. */
  refresh(): Promise<void>
  close(): void
}

export async function openPackStore(folder: string): Promise<PackStore> {
  const open = new Map<string, PackFile>()

  const refresh = async (): Promise<void> => {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.pack'))
    for (const [name, pack] of open)
      if (!names.includes(name)) {
        pack.close()
        open.delete(name)
      }
    for (const name of names) {
      // The index is written last: a pack without one was left by a crash.
      const whole = existsSync(join(folder, name.replace(/\.pack$/, '.idx')))
      if (whole && !open.has(name)) open.set(name, openPackFile(join(folder, name)))
    }
  }

  const find = (oid: string): PackEntry | undefined => {
    const name = Buffer.from(oid, 'hex')
    for (const pack of open.values()) {
      const offset = pack.index.find(name)
      if (offset !== undefined) return { pack, offset }
    }
    return undefined
  }

  await refresh()
  return {
    find,
    refresh,
    has: (oid) => find(oid) !== undefined,
    packs: () => open.size,
    close: () => {
      for (const pack of open.values()) pack.close()
      open.clear()
    },
  }
}
