import fs from 'node:fs'
import { join } from 'node:path'
import { divertPack } from './divert-pack.ts'
import { loadGit } from './load-git.ts'
import { emptyMirror, type Mirror } from './mirror.ts'
import { PackError } from './pack-entry.ts'
import { openPackSink } from './pack-sink.ts'
import type { Remote } from './remote.ts'
import { exchange } from './exchange.ts'

export type Wanted = {
  /** The full name of a ref, or a commit by its id; undefined: all branches and tags. */
  readonly ref: string | undefined
  /** Without history. */
  readonly shallow: boolean
  /** Notes the ref, so that the server is told next time that we have what it led to. */
  readonly note: boolean
}

/**
 * One fetch into the mirror. Answers the object that the ref leads to, null when the remote is empty.
 * Throws SourceError, and the signal's reason when it aborts.
 */
export async function receivePack(
  { dir, limits, store }: Mirror,
  remote: Remote,
  { ref, shallow, note }: Wanted,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const options = { timeoutMs: limits.timeoutMs, maxBytes: limits.maxPackBytes, ...(signal && { signal }) }
  // What a fetch that did not end has noted would be believed.
  if (store.packs() === 0) await emptyMirror(dir)
  await using sink = await openPackSink(join(dir, 'objects', 'pack'), limits.maxObjects)
  // Awaited here, while the sink is open.
  return await exchange(remote, options, async (transport) => {
    const git = await loadGit()
    const { fetchHead: head } = await git.fetch({
      fs,
      gitdir: dir,
      http: divertPack(transport.http, sink, transport.fail),
      url: transport.url,
      remote: 'origin',
      ...(ref === undefined ? { singleBranch: false, tags: true } : { ref, remoteRef: ref, singleBranch: true }),
      ...(ref !== undefined && { tags: false }),
      ...(shallow && { depth: 1 }),
    })
    transport.throwIfFailed()
    await sink.finish(transport.signal)
    await store.refresh()
    if (head === null) return null
    if (!store.has(head)) throw new PackError('it holds no pack, or one without the commit')
    if (note && ref !== undefined) await git.writeRef({ fs, gitdir: dir, ref, value: head, force: true })
    return head
  })
}

/** A mirror is a cache: an empty one is filled by the next fetch. */
export async function startAgain({ dir, store }: Mirror): Promise<void> {
  store.close()
  await emptyMirror(dir)
}
