import { objectsDigest } from '@plimsoll/domain'
import type { ManifestSet, ObservedRevision, RenderedRevision, Workflow, WorkflowConfig } from '@plimsoll/domain'
import type { Cluster } from '@plimsoll/kubernetes'
import type { AgeKeys, RendererName } from '@plimsoll/manifests'
import type { Clusters, Vault } from '@plimsoll/service'
import type { Source } from '../source/find-source.ts'
import type { ReadGitObjects } from '../source/git-tree.ts'
import { emptyPath } from '../plan-fault.ts'
import { render } from './render.ts'
import type { ToolRenderer } from './render.ts'

export type RenderDependencies = {
  readonly openVault: (workflow: string) => Vault
  /** The clusters that workflows may name, by id. */
  readonly clusters: Clusters
  readonly gitObjects: (repository: string, revision: string) => ReadGitObjects
  readonly gitSizes: (
    repository: string,
    revision: string,
  ) => (oids: readonly string[]) => Promise<ReadonlyMap<string, number>>
  /** The program for a renderer other than plain; undefined where there is none. */
  readonly tool: (
    renderer: Exclude<RendererName, 'plain'>,
    config: WorkflowConfig,
    cluster: Cluster | undefined,
    signal: AbortSignal,
  ) => Promise<ToolRenderer | undefined>
  /** What opens the encrypted files of a workflow. */
  readonly ageKeys: (workflow: string) => Promise<AgeKeys>
}

/** Renders one source, and asks no cluster for its objects. Throws PlanFault for what only a person can mend. */
export function renderRevision(dependencies: RenderDependencies) {
  return async (
    workflow: Workflow,
    config: WorkflowConfig,
    { revision }: ObservedRevision,
    source: Source,
    signal: AbortSignal,
  ): Promise<RenderedRevision> => {
    const { set, kept } = await renderSource(dependencies, workflow, config, { revision, source }, signal)
    const digest = await kept
    if (set.files.every(({ objects }) => objects.length === 0)) throw emptyPath(config.target_path)
    const { hash } = dependencies.openVault(config.id)
    return {
      revision,
      tree: source.tree ?? '',
      paths: source.paths,
      manifest_set: digest,
      objects: objectsDigest(set, hash),
    }
  }
}

/**
 * Renders, and keeps the manifest set; one that stands already is neither made nor kept again. `kept` gives its digest: wait
 * for it beside what comes next, as keeping a large set takes its time.
 */
export async function renderSource(
  { openVault, clusters, gitObjects, gitSizes, tool, ageKeys }: RenderDependencies,
  { plan, applied }: Workflow,
  config: WorkflowConfig,
  { revision, source }: { readonly revision: string; readonly source: Source },
  signal: AbortSignal,
): Promise<{ readonly set: ManifestSet; readonly kept: Promise<string> }> {
  const vault = openVault(config.id)
  const before = plan?.manifest_set ?? applied?.manifest_set
  const previous = before === undefined ? undefined : await vault.get<ManifestSet>(before)
  const set = await render({
    read: gitObjects(config.repository, revision),
    sizes: gitSizes(config.repository, revision),
    source,
    path: config.target_path,
    tool: async (renderer) => tool(renderer, config, await clusters.get(config.destination.cluster), signal),
    ageKeys: await ageKeys(config.id),
    previous,
    hash: vault.hash,
    signal,
  })
  return { set, kept: before !== undefined && set === previous ? Promise.resolve(before) : vault.put(set) }
}
