import type { Mirror } from './mirror.ts'
import { receivePack, startAgain } from './receive-pack.ts'
import { SourceError } from './source-error.ts'

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
  const ref = `refs/heads/${mirror.remote.branch}`
  // Without history the first time only: asked again, depth 1 would send the whole tree again.
  const shallow = mirror.store.packs() === 0
  await receivePack(mirror, mirror.remote, { ref, shallow, note: true }, signal)
}
