import { getGitObjects, gitObjectSizes, previewStore, sealKey } from '@plimsoll/event-log'
import type { AgeKeys } from '@plimsoll/manifests'
import { decryptionKeys, vaults } from '@plimsoll/service'
import type { Clusters, ServiceContext } from '@plimsoll/service'
import { cachedTrees, noTrees } from '../source/cached-trees.ts'
import type { ReadGitObjects } from '../source/git-tree.ts'
import type { RenderDependencies } from './render-revision.ts'
import type { RenderTools } from './render-tools.ts'
import { toolRenderer } from './tool-renderer.ts'

export type RenderingOptions = {
  readonly clusters: Clusters
  readonly ageKeys: AgeKeys
  readonly tools: RenderTools
  /** What it may fetch from. Default none. */
  readonly renderHosts?: readonly string[] | undefined
}

/** What a revision is rendered with: the Git objects that were stored, the tools, and the keys. */
export function openRendering(
  { log, installationKey }: ServiceContext,
  { clusters, ageKeys, tools, renderHosts = [] }: RenderingOptions,
): RenderDependencies {
  const trees = noTrees()
  const gitObjects = (repository: string, revision: string): ReadGitObjects => {
    const seal = sealKey(installationKey, `repository:${repository}`)
    const read: ReadGitObjects = (oids) =>
      inEither(repository, revision, oids, (store, asked) => getGitObjects(log, store, asked, seal))
    return cachedTrees(repository, read, trees)
  }
  return {
    openVault: vaults(log, installationKey),
    clusters,
    gitObjects,
    gitSizes: (repository: string, revision: string) => (oids: readonly string[]) =>
      inEither(repository, revision, oids, (store, asked) => gitObjectSizes(log, store, asked)),
    tool: toolRenderer(tools, renderHosts),
    ageKeys: async (workflow: string) => {
      const own = await decryptionKeys(log, installationKey).get(workflow)
      return own.length > 0 ? own : ageKeys
    },
  }
}

/** Looks among the objects of the branch, and for what is not there among those that were stored for a preview of the revision. */
async function inEither<Found>(
  repository: string,
  revision: string,
  oids: readonly string[],
  look: (store: string, oids: readonly string[]) => Promise<ReadonlyMap<string, Found>>,
): Promise<ReadonlyMap<string, Found>> {
  const found = await look(repository, oids)
  const missing = oids.filter((oid) => !found.has(oid))
  if (missing.length === 0) return found
  const previewed = await look(previewStore(repository, revision), missing)
  return previewed.size === 0 ? found : new Map([...found, ...previewed])
}
