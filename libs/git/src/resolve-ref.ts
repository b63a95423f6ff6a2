import { checkRef, fullNames, isCommitId, isCommitPrefix } from './check-ref.ts'
import { otherFormat, refMissing } from './classify.ts'
import { exchange, type Exchange } from './exchange.ts'
import { loadGit } from './load-git.ts'
import type { Remote } from './remote.ts'
import { SourceError } from './source-error.ts'

const refsLimit = 16 * 1024 * 1024

/** What a text stands for at the remote: a ref, and the object that it leads to (a tag may be an object of its own); or a commit alone. */
export type ResolvedRef = { readonly ref: string | null; readonly oid: string }

type Options = {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  /** Commits that may be meant by the beginning of an id, beside those that the remote's refs lead to. */
  readonly known?: readonly string[]
}

/**
 * Asks the remote what a branch, tag, ref, commit, or the beginning of a commit's id stands for.
 * Throws SourceError of kind `revision-missing` when it stands for nothing, or for two things; and InvalidRefError.
 */
export async function resolveRef(
  remote: Remote,
  text: string,
  { signal, timeoutMs = 15_000, known = [] }: Options = {},
): Promise<ResolvedRef> {
  checkRef(text)
  if (isCommitId(text)) return { ref: null, oid: text }
  const asked = { ...remote, reading: text }
  const options = { timeoutMs, maxBytes: refsLimit, ...(signal && { signal }) }
  const found = await namedRefs(asked, fullNames(text), options)
  const [first, second] = found
  if (second !== undefined)
    throw ambiguous(
      asked,
      found.map(({ ref }) => ref ?? ''),
    )
  if (first !== undefined) return first
  if (isCommitPrefix(text)) return byPrefix(asked, text, known, options)
  throw refMissing(asked)
}

type ExchangeOptions = { readonly timeoutMs: number; readonly maxBytes: number; readonly signal?: AbortSignal }
type Listed = { readonly ref: string; readonly oid: string; readonly peeled?: string | undefined }

/** Those of the names that the remote has. */
async function namedRefs(
  remote: Remote,
  names: readonly string[],
  options: ExchangeOptions,
): Promise<readonly ResolvedRef[]> {
  return exchange(remote, options, async (open) => {
    // A channel carries one list, and it is the whole one; over HTTP the server picks by prefix.
    const lists =
      open.protocolVersion === 1
        ? [await list(open, '')]
        : await Array.fromAsync(names, async (name) => list(open, name))
    const wanted = new Set(names)
    const found = lists.flat().filter(({ ref }) => wanted.has(ref))
    if (found.some(({ oid }) => !isCommitId(oid))) throw otherFormat(remote)
    return found.map(({ ref, oid }) => ({ ref, oid }))
  })
}

async function byPrefix(
  remote: Remote,
  prefix: string,
  known: readonly string[],
  options: ExchangeOptions,
): Promise<ResolvedRef> {
  const tips = await exchange(remote, options, async (open) => (await list(open, 'refs/')).map(tipOf))
  const commits = [...new Set([...tips, ...known])].filter((commit) => commit.startsWith(prefix))
  const [commit, another] = commits
  if (another !== undefined) throw ambiguous(remote, commits)
  if (commit !== undefined) return { ref: null, oid: commit }
  throw new SourceError(remote, 'revision-missing', {
    because: 'no ref has that name, and no commit that begins so is the head of a ref or was one while it was watched',
    remedy: 'give the whole id of the commit (`git rev-parse REVISION`), or a branch or tag',
  })
}

/** The refs that lead to a commit, those of branches first. */
export async function refsOf(
  remote: Remote,
  commit: string,
  options: { readonly signal?: AbortSignal; readonly timeoutMs: number },
): Promise<readonly string[]> {
  const all = await exchange(remote, { ...options, maxBytes: refsLimit }, (open) => list(open, 'refs/'))
  const leading = all.filter((ref) => tipOf(ref) === commit).map(({ ref }) => ref)
  return leading.toSorted((a, b) => Number(b.startsWith('refs/heads/')) - Number(a.startsWith('refs/heads/')))
}

async function list({ http, url, protocolVersion }: Exchange, prefix: string): Promise<readonly Listed[]> {
  const git = await loadGit()
  return git.listServerRefs({ http, url, protocolVersion, prefix, peelTags: true })
}

function tipOf({ oid, peeled }: Listed): string {
  return peeled ?? oid
}

function ambiguous(remote: Remote, names: readonly string[]): SourceError {
  const shown = names.slice(0, 5).join(', ')
  return new SourceError(remote, 'revision-missing', {
    because: `it may mean ${shown}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`,
    remedy: 'give one of these in full',
  })
}
