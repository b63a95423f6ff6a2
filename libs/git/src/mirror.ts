import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkBranch } from './check-branch.ts'
import { loadGit } from './load-git.ts'
import { incomingPrefix } from './pack-sink.ts'
import { type PackStore, openPackStore } from './pack-store.ts'
import { parseRemoteUrl } from './parse-remote-url.ts'
import type { Remote } from './remote.ts'

export type MirrorLimits = {
  /** Cap on one download. */
  readonly maxPackBytes: number
  /** Cap on the objects of one download. */
  readonly maxObjects: number
  /** Cap on the time of one fetch. */
  readonly timeoutMs: number
  /** With that many packs the next fetch begins anew: they only pile up, and each one makes a look-up slower. */
  readonly maxPacks: number
}

const defaultLimits: MirrorLimits = {
  maxPackBytes: 512 * 1024 * 1024,
  maxObjects: 2_000_000,
  timeoutMs: 120_000,
  maxPacks: 50,
}

/** A bare object store of one remote on disk. It can be thrown away at any time: a fetch fills it again. */
export type Mirror = AsyncDisposable & {
  readonly dir: string
  readonly remote: Remote
  readonly limits: MirrorLimits
  readonly store: PackStore
}

/**
 * Opens the mirror in `dir`, or makes one. A folder that mirrors another URL or branch, or that a crash left half
 * written, is emptied first. One process at a time may hold it.
 */
export async function openMirror({
  dir,
  remote,
  limits = {},
}: {
  readonly dir: string
  readonly remote: Remote
  readonly limits?: Partial<MirrorLimits>
}): Promise<Mirror> {
  checkBranch(remote.branch)
  const { url } = parseRemoteUrl(remote.url, { allowFile: remote.allowFile ?? false })
  const identity = createHash('sha256').update(`${url}\n${remote.branch}`).digest('hex')
  const marker = join(dir, 'plimsoll-mirror')
  if ((await readFile(marker, 'utf8').catch(() => '')) !== identity) {
    await emptyMirror(dir)
    await writeFile(marker, identity)
  }
  const packs = join(dir, 'objects', 'pack')
  await removeLeftovers(packs)
  const store = await openPackStore(packs)
  return {
    dir,
    remote,
    limits: { ...defaultLimits, ...limits },
    store,
    [Symbol.asyncDispose]: async () => store.close(),
  }
}

/** Makes `dir` an empty bare repository, whatever it held. */
export async function emptyMirror(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  for (const name of await readdir(dir)) if (name !== 'plimsoll-mirror') await rm(join(dir, name), { recursive: true })
  const git = await loadGit()
  await git.init({ fs, gitdir: dir, dir, bare: true, defaultBranch: 'main' })
  // Without a fetch rule for it isomorphic-git refuses to fetch; the URL is given with each fetch.
  await git.setConfig({ fs, gitdir: dir, path: 'remote.origin.fetch', value: '+refs/heads/*:refs/remotes/origin/*' })
}

/** What a crash left: packs that had not arrived, or had not been indexed. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder)
  for (const name of names) {
    const unindexed = name.endsWith('.pack') && !names.includes(name.replace(/\.pack$/, '.idx'))
    if (unindexed || name.startsWith(incomingPrefix)) await rm(join(folder, name))
  }
}
