import fs from 'node:fs'
import git from 'isomorphic-git'
import { emptyMirror, type Mirror } from './mirror.ts'
import { SourceError } from './source-error.ts'
import { exchange } from './transport.ts'

const maxPacks = 50

/**
 * Brings the objects of `commit`, the branch's head, into the mirror: the first time without history, later only what
 * is new. Does nothing when they are there. Throws SourceError, and the signal's reason when it aborts.
 */
export async function fetchHead(
  mirror: Mirror,
  commit: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  if (mirror.store.has(commit)) return
  if (mirror.store.packs() >= maxPacks) await startAgain(mirror)
  await fetchBranch(mirror, signal)
  await mirror.store.refresh()
  if (mirror.store.has(commit)) return
  throw new SourceError(mirror.remote, 'not-found', {
    because: `the branch no longer leads to commit ${commit}`,
    remedy: 'ask for its head again',
    retryable: true,
  })
}

async function fetchBranch({ dir, remote, limits, store }: Mirror, signal: AbortSignal | undefined): Promise<void> {
  const options = { timeoutMs: limits.timeoutMs, maxBytes: limits.maxPackBytes, ...(signal && { signal }) }
  const empty = store.packs() === 0
  const ref = `refs/heads/${remote.branch}`
  await exchange(remote, options, async ({ http, url }) => {
    const { fetchHead } = await git.fetch({
      fs,
      gitdir: dir,
      http,
      url,
      ref,
      remoteRef: ref,
      remote: 'origin',
      singleBranch: true,
      tags: false,
      // Without history the first time only: asked again, depth 1 would send the whole tree again.
      ...(empty && { depth: 1 }),
    })
    // What we have is told to the server from this ref alone.
    if (fetchHead !== null) await git.writeRef({ fs, gitdir: dir, ref, value: fetchHead, force: true })
  })
}

/** Packs only pile up, and each one makes a look-up slower. */
async function startAgain(mirror: Mirror): Promise<void> {
  mirror.store.close()
  await emptyMirror(mirror.dir)
  await mirror.store.refresh()
}
