import fs from 'node:fs'
import { join } from 'node:path'
import git from 'isomorphic-git'
import { divertPack } from './divert-pack.ts'
import { emptyMirror, type Mirror } from './mirror.ts'
import { PackError } from './pack-entry.ts'
import { openPackSink } from './pack-sink.ts'
import { SourceError } from './source-error.ts'
import { exchange } from './transport.ts'

/**
 * Brings the objects of `commit`, the branch's head, into the mirror: the first time without history, later only what
 * is new. Does nothing when they are there. Throws SourceError, and the signal's reason when it aborts.
 */
export async function fetchHead(
  mirror: Mirror,
  commit: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { store, remote, limits } = mirror
  if (store.has(commit)) return
  if (store.packs() >= limits.maxPacks) await startAgain(mirror)
  const fresh = store.packs() === 0
  try {
    await fetchBranch(mirror, signal)
  } catch (error) {
    // After a rewrite of the branch the server may send its whole history; a fresh start asks for none.
    if (fresh || !(error instanceof SourceError) || error.kind !== 'too-large') throw error
    await startAgain(mirror)
    await fetchBranch(mirror, signal)
  }
  if (store.has(commit)) return
  throw new SourceError(remote, 'not-found', {
    because: `the branch no longer leads to commit ${commit}`,
    remedy: 'ask for its head again',
    retryable: true,
  })
}

async function fetchBranch(mirror: Mirror, signal: AbortSignal | undefined): Promise<void> {
  const { dir, remote, limits, store } = mirror
  const options = { timeoutMs: limits.timeoutMs, maxBytes: limits.maxPackBytes, ...(signal && { signal }) }
  const ref = `refs/heads/${remote.branch}`
  const empty = store.packs() === 0
  // What a fetch that did not end has noted would be believed.
  if (empty) await emptyMirror(dir)
  await using sink = await openPackSink(join(dir, 'objects', 'pack'), limits.maxObjects)
  await exchange(remote, options, async (transport) => {
    const { fetchHead: head } = await git.fetch({
      fs,
      gitdir: dir,
      http: divertPack(transport.http, sink, transport.fail),
      url: transport.url,
      ref,
      remoteRef: ref,
      remote: 'origin',
      singleBranch: true,
      tags: false,
      // Without history the first time only: asked again, depth 1 would send the whole tree again.
      ...(empty && { depth: 1 }),
    })
    transport.throwIfFailed()
    await sink.finish(transport.signal)
    await store.refresh()
    if (head === null) return
    if (!store.has(head)) throw new PackError('it holds no pack, or one without the commit')
    // What we have is told to the server from this ref alone.
    await git.writeRef({ fs, gitdir: dir, ref, value: head, force: true })
  })
}

async function startAgain({ dir, store }: Mirror): Promise<void> {
  store.close()
  await emptyMirror(dir)
}
