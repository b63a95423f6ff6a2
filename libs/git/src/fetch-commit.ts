import { DamagedMirrorError } from './damaged-mirror-error.ts'
import type { Mirror } from './mirror.ts'
import { readObject } from './read-objects.ts'
import { receivePack, startAgain } from './receive-pack.ts'
import { refsOf, type ResolvedRef } from './resolve-ref.ts'
import type { Remote } from './remote.ts'
import { SourceError } from './source-error.ts'

/**
 * Brings the files of what `resolveRef` answered into a mirror, without history, and answers the commit. Of a commit that
 * the server does not give by its id, a ref that leads to it is fetched, or else all branches and tags. The mirror is for
 * such fetches alone: what lies in it is nothing that a branch is known to lead to.
 * Throws SourceError, and the signal's reason when it aborts.
 */
export async function fetchCommit(
  mirror: Mirror,
  { ref, oid }: ResolvedRef,
  { signal, reading = ref ?? oid }: { readonly signal?: AbortSignal; readonly reading?: string } = {},
): Promise<string> {
  const { store, limits } = mirror
  const remote = { ...mirror.remote, reading }
  if (!store.has(oid)) {
    if (store.packs() >= limits.maxPacks) await startAgain(mirror)
    try {
      const head = await receivePack(mirror, remote, { ref: ref ?? oid, shallow: true, note: false }, signal)
      // The ref has moved since it was looked at: what it leads to now is meant.
      return commitOf(mirror, remote, ref === null ? oid : (head ?? oid))
    } catch (error) {
      if (ref !== null || !(error instanceof SourceError) || error.kind !== 'revision-missing') throw error
      await fetchThroughRefs(mirror, remote, oid, signal)
    }
  }
  return commitOf(mirror, remote, oid)
}

/** The server gives only what its refs lead to. */
async function fetchThroughRefs(
  mirror: Mirror,
  remote: Remote,
  commit: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { store, limits } = mirror
  const [ref] = await refsOf(remote, commit, { timeoutMs: limits.timeoutMs, ...(signal && { signal }) })
  if (ref !== undefined) {
    await receivePack(mirror, remote, { ref, shallow: true, note: false }, signal)
    if (store.has(commit)) return
  }
  // History is not sent a second time for what was fetched without it.
  await startAgain(mirror)
  await receivePack(mirror, remote, { ref: undefined, shallow: false, note: false }, signal)
  if (store.has(commit)) return
  throw new SourceError(remote, 'revision-missing', {
    because: 'the server does not give commits by their id, and no branch or tag leads to this one',
    remedy: 'push a branch or a tag that leads to it',
  })
}

const longestChain = 5

/** Tags may name tags; what they name in the end has to be a commit. */
function commitOf(mirror: Mirror, remote: Remote, oid: string): string {
  let at = oid
  for (let links = 0; links <= longestChain; links++) {
    if (!mirror.store.has(at)) throw new DamagedMirrorError(`object ${at} is not in the mirror`)
    const { type, body } = readObject(mirror, at)
    if (type === 'commit') return at
    const named = type === 'tag' ? /^object ([0-9a-f]{40})$/m.exec(body.toString('latin1'))?.[1] : undefined
    if (named === undefined)
      throw new SourceError(remote, 'revision-missing', {
        because: `it leads to a ${type}, not to a commit`,
        remedy: 'name a branch, a tag of a commit, or a commit',
      })
    at = named
  }
  throw new SourceError(remote, 'revision-missing', {
    because: 'it is a tag of tags without end',
    remedy: 'name the commit itself',
  })
}
