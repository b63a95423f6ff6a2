import {
  groupOf,
  hookWishOf,
  identityOf,
  isMarked,
  place,
  refOf,
  runsHooks,
  scopesOfDefinitions,
} from '@plimsoll/domain'
import type {
  Conflict,
  Inventory,
  KubernetesObject,
  Manifest,
  ManifestSet,
  ObservedRevision,
  Plan,
  Scope,
  Workflow,
  WorkflowConfig,
} from '@plimsoll/domain'
import { get, hiding, resourceOf } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { clusterFor, placeHooks, sensitiveIn, valueToken } from '@plimsoll/service'
import type { PlacedHooks, Vault, WorkflowOf } from '@plimsoll/service'
import { kindsOf } from '../cluster/live-objects.ts'
import type { KindRef, LiveObjects } from '../cluster/live-objects.ts'
import { unknownKind } from '../objects/conflict.ts'
import type { Source } from '../source/find-source.ts'
import { emptyPath, PlanFault, unknownCluster } from '../plan-fault.ts'
import { noHooks, planHooks } from '../hooks/plan-hooks.ts'
import { refuseCommands } from '../hooks/refuse-commands.ts'
import { keepPlan } from './keep-plan.ts'
import type { PlannedRevision } from './keep-plan.ts'
import { planSync } from './plan-sync.ts'
import { renderSource } from '../render/render-revision.ts'
import type { RenderDependencies } from '../render/render-revision.ts'

export type Dependencies = RenderDependencies & {
  /** Stores a plan for people to read: no value of a Secret is in it. */
  readonly publish: (plan: Plan) => Promise<string>
  /** Digests the fields that are ours in the live objects of a cluster. */
  readonly clusterHash: (cluster: string) => (text: string) => string
  readonly liveObjects: (of: {
    readonly id: string
    readonly cluster: Cluster
    readonly mark: string
    readonly kinds: readonly KindRef[]
    readonly signal: AbortSignal
  }) => Promise<LiveObjects>
  /** The workflow whose mark it is, if this installation has it. */
  readonly workflowOf: WorkflowOf
  readonly now: () => Date
  /** Whether the operator lets workflows run commands. */
  readonly hookCommands: boolean
}

export type { PlannedRevision } from './keep-plan.ts'

const noInventory: Inventory = { entries: [] }
const noManifests: ManifestSet = { files: [] }

/** Renders one source and plans it against the cluster. Throws PlanFault for what only a person can mend. */
export function planRevision(dependencies: Dependencies) {
  const { openVault, publish, clusters, clusterHash, liveObjects, workflowOf, now, hookCommands } = dependencies
  return async (
    workflow: Workflow,
    config: WorkflowConfig,
    { revision }: ObservedRevision,
    source: Source,
    signal: AbortSignal,
  ): Promise<PlannedRevision> => {
    const vault = openVault(config.id)
    const cluster = await clusterFor(clusters, config)
    if (cluster === undefined) throw unknownCluster(config.destination.cluster, [...(await clusters.keys())])
    refuseCommands(config, hookCommands)
    const of = { revision, source }
    const { set, kept } = await renderSource(dependencies, workflow, config, of, signal)
    const [manifestSet, { manifests, unplaced, inventory, live, placedHooks }] = await Promise.all([
      kept,
      lookAround(liveObjects, workflow, config, { cluster, set, vault, signal }),
    ])
    // Mostly what is applied is what was rendered just now.
    const older = workflow.applied?.manifest_set === manifestSet ? [] : [await appliedSet(vault, workflow)]
    const sensitive = sensitiveIn(config, [set, ...older], inventory)
    const planner = {
      cluster: hiding(cluster, sensitive),
      config,
      mark: vault.mark,
      token: valueToken(vault, sensitive),
      hash: clusterHash(config.destination.cluster),
      workflowOf,
      // A sync that waits for this plan may wait for what passes by itself.
      isPreview: workflow.sync === null || workflow.sync.plan !== null,
      prunesKept: workflow.sync !== null && workflow.sync.plan === null && workflow.sync.prune_kept,
      signal,
    }
    const planned = await planSync(planner, {
      desired: manifests,
      unplaced,
      inventory,
      live,
      previous: appliedObjects(() => appliedSet(vault, workflow), config),
    })
    const hooks = runsHooks(workflow, planned.changes.length)
      ? await planHooks(planner, placedHooks, {
          arriving: planned.arriving,
          sensitiveOf: sensitive,
          writing: workflow.sync?.started ? workflow.sync.id : null,
        })
      : noHooks
    return keepPlan(
      { vault, publish, now },
      {
        config,
        workflow,
        revision,
        tree: source.tree ?? '',
        paths: source.paths,
        manifest_set: manifestSet,
        set,
        planned,
        hooks,
        processed: manifests.length,
        sensitiveOf: sensitive,
      },
    )
  }
}

type Surroundings = {
  readonly cluster: Cluster
  readonly set: ManifestSet
  readonly vault: Vault
  readonly signal: AbortSignal
}

/** Where each object goes, what the workflow owns, and what of it lives. */
async function lookAround(
  liveObjects: Dependencies['liveObjects'],
  workflow: Workflow,
  config: WorkflowConfig,
  { cluster, set, vault, signal }: Surroundings,
) {
  const placed = await settle(cluster, config, set, vault, signal)
  const inventory = workflow.inventory === null ? noInventory : await vault.get<Inventory>(workflow.inventory)
  const kinds = kindsOf([...placed.manifests.map(({ object }) => object), ...inventory.entries])
  // What is shared of the live objects is what the engine sees: digests of what is ours, and no more.
  const live = await liveObjects({
    id: config.destination.cluster,
    cluster: cluster.own ?? cluster,
    mark: vault.mark,
    kinds,
    signal,
  })
  return { ...placed, inventory, live }
}

/** Places every object; a kind that is neither served nor defined here, or that is not allowed, is a fault. */
async function settle(
  cluster: Cluster,
  config: WorkflowConfig,
  set: ManifestSet,
  vault: Vault,
  signal: AbortSignal,
): Promise<{
  readonly manifests: readonly Manifest[]
  readonly unplaced: readonly Conflict[]
  readonly placedHooks: PlacedHooks
}> {
  const manifests = set.files.flatMap(({ path, objects }) =>
    objects.flatMap(({ object, digest, line }) =>
      hookWishOf(object) === undefined ? [{ object, digest, origin: line > 0 ? `${path}:${line}` : path }] : [],
    ),
  )
  if (manifests.length === 0) throw emptyPath(config.target_path)
  const defined = scopesOfDefinitions(manifests.map(({ object }) => object))
  const scopes = new Map<string, Scope>()
  for (const { apiVersion, kind } of new Map(
    manifests.map(({ object }) => [`${object.apiVersion}/${object.kind}`, object]),
  ).values()) {
    const type = await resourceOf(cluster, apiVersion, kind)
    if (type !== undefined) scopes.set(`${apiVersion}/${kind}`, type.namespaced ? 'namespaced' : 'cluster')
  }
  const scopeOf = ({ apiVersion, kind }: KubernetesObject) =>
    scopes.get(`${apiVersion}/${kind}`) ?? defined.get(`${groupOf(apiVersion)}/${kind}`)
  const { manifests: placed, faults, unknown } = place(manifests, config, scopeOf)
  const placedHooks = await placeHooks(
    cluster,
    config,
    set,
    placed.map(({ object }) => object),
  )
  const unsound = [...faults.filter((fault) => unknown.every((one) => one.fault !== fault)), ...placedHooks.faults]
  if (unsound.length > 0) throw new PlanFault('render', unsound)
  return {
    manifests: [...(await missingNamespace(cluster, config, placed, vault, signal)), ...placed],
    unplaced: unknown.map(unknownKind),
    placedHooks,
  }
}

/** The destination's Namespace, if it is to be made, is not declared in Git, and is not there or was made by us. */
async function missingNamespace(
  cluster: Cluster,
  { destination: { namespace, create_namespace: create } }: WorkflowConfig,
  placed: readonly Manifest[],
  { mark, hash }: Vault,
  signal: AbortSignal,
): Promise<readonly Manifest[]> {
  const object: KubernetesObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  const identity = identityOf(refOf(object))
  if (!create || placed.some((manifest) => identityOf(refOf(manifest.object)) === identity)) return []
  const live = await get(cluster, refOf(object), { signal })
  if (live !== undefined && !isMarked(live, mark)) return []
  return [{ object, digest: hash(identity), origin: 'destination.create_namespace' }]
}

export async function appliedSet(vault: Vault, { applied }: Workflow): Promise<ManifestSet> {
  return applied === null ? noManifests : vault.get<ManifestSet>(applied.manifest_set)
}

/** Finds what was applied last, by identity; the index is made when it is first asked for. */
export function appliedObjects(
  set: () => Promise<ManifestSet>,
  { destination }: WorkflowConfig,
): (identity: string) => Promise<KubernetesObject | undefined> {
  let index: Promise<ReadonlyMap<string, KubernetesObject>> | undefined
  const build = async () => {
    const objects = (await set()).files.flatMap((file) => file.objects.map(({ object }) => object))
    // Of an object without a namespace it is not known here whether its kind has one: it is found under both identities.
    return new Map(
      objects.flatMap((object) => {
        const ref = refOf(object)
        const placed = { ...ref, namespace: ref.namespace ?? destination.namespace }
        return [[identityOf(ref), object] as const, [identityOf(placed), object] as const]
      }),
    )
  }
  return async (identity) => (await (index ??= build())).get(identity)
}
