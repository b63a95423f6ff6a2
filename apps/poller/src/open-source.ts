import { join } from 'node:path'
import type { ObservedRevision, RepositoryConfig } from '@plimsoll/domain'
import { getCredential, previewStore, sealKey } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { commitInfo, fetchCommit, fetchHead, remoteHead, resolveRef, SourceError } from '@plimsoll/git'
import type { Credentials, Mirror, Remote, ResolvedRef } from '@plimsoll/git'
import { openMirrors } from './open-mirrors.ts'
import type { Source } from './source.ts'
import { storePaths } from './store-objects.ts'

export type SourceOptions = {
  readonly log: EventLog
  readonly installationKey: Uint8Array
  /** Folder for mirrors of this process alone. They are a cache. */
  readonly cacheDir: string
  readonly allowFileRemotes: boolean
  /** Text of the installation's known_hosts, for remotes that bring none of their own. */
  readonly knownHosts: string | undefined
}

/** Of a revision beside the branch only the files are fetched, and such mirrors are emptied often. */
const previewLimits = { maxPackBytes: 256 * 1024 * 1024, maxPacks: 4, timeoutMs: 60_000 }

/** Opens remotes with their credentials; the mirrors of each stay open between polls. */
export function openSources(
  options: SourceOptions,
): AsyncDisposable & { readonly open: (config: RepositoryConfig) => Promise<Source> } {
  const branches = openMirrors(join(options.cacheDir, 'mirrors'))
  // Apart, so that nothing of a preview is taken for what the branch leads to.
  const previews = openMirrors(join(options.cacheDir, 'previews'), previewLimits)

  return {
    open: async (config) => {
      const { log } = options
      const { id } = config
      const seal = sealKey(options.installationKey, `repository:${id}`)
      const remote = await remoteOf(config, options, seal.unseal)

      /** Uses a mirror that has what a ref stands for: the branch's own, or that of previews, into which it is fetched. */
      const having = async <T>(found: ResolvedRef, signal: AbortSignal, use: (mirror: Mirror, commit: string) => T) => {
        const known = await branches.use(id, remote, async (mirror) =>
          mirror.store.has(found.oid) ? { used: await use(mirror, await fetchCommit(mirror, found)) } : undefined,
        )
        if (known !== undefined) return known.used
        return previews.use(id, remote, async (mirror) => use(mirror, await fetchCommit(mirror, found, { signal })))
      }

      return {
        head: async (signal) => (await remoteHead(remote, { signal })).commit,
        fetch: (commit, signal) =>
          branches.use(id, remote, async (mirror) => {
            await fetchHead(mirror, commit, { signal })
            return observed(mirror, commit)
          }),
        store: ({ tree }, paths) =>
          branches.use(id, remote, (mirror) => storePaths({ log, seal, repository: id, mirror }, tree, paths)),
        resolve: async (ref, known, signal) =>
          having(await resolveRef(remote, ref, { signal, known }), signal, observed),
        storePreview: async ({ revision, ref }, paths, signal) => {
          const wanted = paths.map((path) => ({ path, known: null }))
          const store = (mirror: Mirror, commit: string) => {
            if (commit !== revision) throw movedMeanwhile(remote, ref ?? revision)
            return storePaths(
              { log, seal, repository: previewStore(id, revision), beside: id, mirror },
              commitInfo(mirror, commit).tree,
              wanted,
            )
          }
          return having(await leadingTo(remote, revision, ref, signal), signal, store)
        },
        forgetPreviews: () => previews.discard(id),
      }
    },
    async [Symbol.asyncDispose]() {
      await branches[Symbol.asyncDispose]()
      await previews[Symbol.asyncDispose]()
    },
  }
}

function movedMeanwhile(remote: Remote, ref: string): SourceError {
  return new SourceError({ ...remote, reading: ref }, 'revision-missing', {
    because: 'it has moved while it was read',
    remedy: 'ask again',
    retryable: true,
  })
}

function observed(mirror: Mirror, commit: string): ObservedRevision {
  const { tree, message, author, time } = commitInfo(mirror, commit)
  return { revision: commit, tree, message, author, committed_at: time.toISOString() }
}

/** The ref by which a revision was found, while it still leads there: not every server gives a commit by its id. */
async function leadingTo(
  remote: Remote,
  revision: string,
  ref: string | null,
  signal: AbortSignal,
): Promise<ResolvedRef> {
  const bare = { ref: null, oid: revision }
  if (ref === null || ref === revision) return bare
  try {
    const found = await resolveRef(remote, ref, { signal })
    return found.oid === revision ? found : bare
  } catch (error) {
    if (error instanceof SourceError && error.kind === 'revision-missing') return bare
    throw error
  }
}

async function remoteOf(
  { id, url, branch, credentials, ca, proxy, known_hosts: own }: RepositoryConfig,
  { log, knownHosts: shared, allowFileRemotes }: SourceOptions,
  unseal: (sealed: Uint8Array) => Uint8Array,
): Promise<Remote> {
  const sealed = credentials === null ? undefined : await getCredential(log, id)
  const knownHosts = own ?? shared
  return {
    url,
    branch,
    allowFile: allowFileRemotes,
    ...(sealed !== undefined && {
      credentials: JSON.parse(Buffer.from(unseal(sealed)).toString('utf8')) as Credentials,
    }),
    ...(ca !== null && { ca }),
    ...(proxy !== null && { proxy }),
    ...(knownHosts !== undefined && { knownHosts }),
  }
}
