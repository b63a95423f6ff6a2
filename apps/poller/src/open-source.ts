import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RepositoryConfig } from '@plimsoll/domain'
import { getCredential, sealKey } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { commitInfo, DamagedMirrorError, fetchHead, openMirror, remoteHead } from '@plimsoll/git'
import type { Credentials, Mirror, Remote } from '@plimsoll/git'
import type { Source } from './poll-repository.ts'
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

/** Opens remotes with their credentials; the mirror of each stays open between polls. */
export function openSources(
  options: SourceOptions,
): AsyncDisposable & { readonly open: (config: RepositoryConfig) => Promise<Source> } {
  const mirrors = new Map<string, Mirror>()

  async function mirrorOf(id: string, remote: Remote): Promise<Mirror> {
    const known = mirrors.get(id)
    if (known !== undefined && JSON.stringify(known.remote) === JSON.stringify(remote)) return known
    await known?.[Symbol.asyncDispose]()
    const dir = join(options.cacheDir, 'mirrors', id)
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const mirror = await openMirror({ dir, remote })
    mirrors.set(id, mirror)
    return mirror
  }

  /** A mirror is a cache: one that is damaged is thrown away, and the next try fetches it anew. */
  async function discard(id: string): Promise<void> {
    await mirrors.get(id)?.[Symbol.asyncDispose]()
    mirrors.delete(id)
    await rm(join(options.cacheDir, 'mirrors', id), { recursive: true, force: true })
  }

  async function mirrored<T>(id: string, remote: Remote, use: (mirror: Mirror) => Promise<T>): Promise<T> {
    try {
      return await use(await mirrorOf(id, remote))
    } catch (error) {
      if (error instanceof DamagedMirrorError) await discard(id)
      throw error
    }
  }

  return {
    open: async (config) => {
      const { log } = options
      const seal = sealKey(options.installationKey, `repository:${config.id}`)
      const remote = await remoteOf(config, options, seal.unseal)
      return {
        head: async (signal) => (await remoteHead(remote, { signal })).commit,
        fetch: (commit, signal) =>
          mirrored(config.id, remote, async (mirror) => {
            await fetchHead(mirror, commit, { signal })
            const { tree, message, author, time } = commitInfo(mirror, commit)
            return { revision: commit, tree, message, author, committed_at: time.toISOString() }
          }),
        store: ({ tree }, paths) =>
          mirrored(config.id, remote, (mirror) =>
            storePaths({ log, seal, repository: config.id, mirror }, tree, paths),
          ),
      }
    },
    async [Symbol.asyncDispose]() {
      for (const mirror of mirrors.values()) await mirror[Symbol.asyncDispose]()
    },
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
