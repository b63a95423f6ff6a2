import { checkBranch } from './check-branch.ts'
import { branchMissing, otherFormat } from './classify.ts'
import { exchange } from './exchange.ts'
import { loadGit } from './load-git.ts'
import type { Remote } from './remote.ts'

const refsLimit = 16 * 1024 * 1024

export type RemoteHead = {
  /** The commit that the branch points to, as 40 hex digits. */
  readonly commit: string
}

/**
 * Asks the remote for the head of its branch, by one ls-refs for that branch alone (over SSH the server lists all).
 * Throws SourceError, InvalidRemoteUrlError or InvalidBranchError, and the signal's reason when it aborts.
 */
export async function remoteHead(
  remote: Remote,
  { signal, timeoutMs = 15_000 }: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): Promise<RemoteHead> {
  checkBranch(remote.branch)
  const name = `refs/heads/${remote.branch}`
  const options = { timeoutMs, maxBytes: refsLimit, ...(signal && { signal }) }
  return exchange(remote, options, async ({ http, url, protocolVersion }) => {
    const git = await loadGit()
    const refs = await git.listServerRefs({ http, url, protocolVersion, prefix: name })
    const head = refs.find(({ ref }) => ref === name)
    if (head === undefined) throw branchMissing(remote)
    if (!/^[0-9a-f]{40}$/.test(head.oid)) throw otherFormat(remote)
    return { commit: head.oid }
  })
}
