import {
  driftedObject,
  fieldManager,
  groupOf,
  identityOf,
  isMarked,
  optionsOf,
  refOf,
  refusalToTouch,
  withMark,
} from '@plimsoll/domain'
import type {
  DriftedObject,
  DriftKind,
  Inventory,
  InventoryEntry,
  KubernetesObject,
  Manifest,
  ManifestSet,
  ObjectRef,
  Workflow,
  WorkflowConfig,
} from '@plimsoll/domain'
import { readLiveObjects, readWatchedKinds, requestKinds } from '@plimsoll/event-log'
import type { EventLog, LiveObject as LiveRow } from '@plimsoll/event-log'
import { hiding, ownedHash, ownersOf, servedAs } from '@plimsoll/kubernetes'
import type { Cluster, FieldOwner, ResourceType } from '@plimsoll/kubernetes'
import { inParallel } from '@plimsoll/runtime'
import { sensitiveIn, valueToken } from '@plimsoll/service'
import type { Vault, WorkflowOf } from '@plimsoll/service'
import { arriving } from '../objects/arriving.ts'
import type { ObjectPlan, Planner } from '../objects/candidate.ts'
import { isOurs } from '../objects/field-conflict.ts'
import type { LiveObjects } from '../cluster/live-objects.ts'
import { lookUp } from '../objects/look-up.ts'
import { planObject } from '../objects/plan-object.ts'
import { appliedObjects, appliedSet } from '../plan/plan-revision.ts'

export type Dependencies = {
  readonly log: EventLog
  readonly openVault: (workflow: string) => Vault
  readonly clusterHash: (cluster: string) => (text: string) => string
  /** The workflow whose mark it is, if this installation has it. */
  readonly workflowOf: WorkflowOf
  /** Since when someone watches the cluster, if anyone does: what an earlier watcher found complete is old. */
  readonly watchedSince: (cluster: string) => Promise<Date | undefined>
  /** Called when kinds were asked for that nobody watches. */
  readonly onRequested?: () => void
}

/** An object that may have drifted, and what an apply of what was applied last would do to it. */
export type Compared = { readonly drifted: DriftedObject | undefined; readonly plan: ObjectPlan | undefined }

/** What was found of an object by the state that its row had: until the row changes it need not be asked for again. */
export type Known = ReadonlyMap<string, { readonly state: string; readonly compared: Compared }>

export type Look = {
  readonly planner: Planner
  readonly inventory: Inventory
  readonly compared: Known
  readonly drifted: readonly DriftedObject[]
  /** Objects of the inventory that have not been well for a while. */
  readonly unwell: readonly InventoryEntry[]
  /** Whether the rows tell what becomes of this object. */
  readonly isWatched: (ref: ObjectRef) => boolean
}

const requestsInFlight = 16

/**
 * Compares what lives with what was applied last. What the watcher's rows show to be as it was costs no call; what drifted
 * before and the others are read, and the API server is asked what an apply would change. Kinds that nobody watches yet are left out, and so is
 * what the workflow may not touch any more.
 */
export async function lookForDrift(
  { log, openVault, clusterHash, workflowOf, watchedSince, onRequested }: Dependencies,
  {
    workflow,
    config,
    cluster,
  }: { readonly workflow: Workflow; readonly config: WorkflowConfig; readonly cluster: Cluster },
  known: Known,
  signal: AbortSignal,
): Promise<Look | undefined> {
  const id = config.destination.cluster
  const since = await watchedSince(id)
  if (since === undefined || workflow.inventory === null) return undefined
  const vault = openVault(config.id)
  const [inventory, rows, kinds] = await Promise.all([
    vault.get<Inventory>(workflow.inventory),
    readLiveObjects(log, id, vault.mark),
    readWatchedKinds(log, id),
  ])
  const synced = new Set(
    kinds.flatMap((kind) => (kind.syncedAt !== null && kind.syncedAt >= since ? [keyOfKind(kind)] : [])),
  )
  const types = await typesOf(cluster, inventory)
  // Nobody watches a kind any more that was gone for a while, and no plan may come that asks for it.
  const asked = new Set(kinds.map(keyOfKind))
  const unasked = [...types.values()].flatMap((type) =>
    type === undefined || asked.has(keyOfKind(type)) ? [] : [type],
  )
  if (await requestKinds(log, id, unasked)) onRequested?.()
  const watched = watchedEntries(inventory, types, synced).filter(
    (entry) => refusalToTouch(entry, config.allow) === undefined,
  )
  const live = new Map(rows.map((row) => [identityOfRow(row), row]))
  // A row that is older than drift that was told does not end it.
  const told = new Set(workflow.drift?.objects.map(identityOf))
  const suspects = watched.filter(
    (entry) => told.has(identityOf(entry)) || !isAsApplied(entry, live.get(identityOf(entry))),
  )
  // Mostly there are none, and the manifests need not be opened.
  const set: ManifestSet = suspects.length === 0 ? { files: [] } : await appliedSet(vault, workflow)
  const sensitive = sensitiveIn(config, [set], inventory)
  const planner: Planner = {
    cluster: hiding(cluster, sensitive),
    config,
    mark: vault.mark,
    token: valueToken(vault, sensitive),
    hash: clusterHash(id),
    workflowOf,
    isPreview: true,
    signal,
  }
  const applied = appliedObjects(() => Promise.resolve(set), config)
  const candidates = await Promise.all(
    suspects.map(async (entry) => ({ entry, object: await declared(entry, config, applied) })),
  )
  const compared = await compare(planner, candidates, { applied, live, watched, known })
  const identities = new Set(watched.map(identityOf))
  return {
    planner,
    inventory,
    compared,
    drifted: [...compared.values()].flatMap(({ compared: { drifted } }) => drifted ?? []),
    unwell: watched.filter((entry) => (live.get(identityOf(entry))?.health ?? '') !== ''),
    isWatched: (ref) => identities.has(identityOf(ref)),
  }
}

type Types = ReadonlyMap<string, ResourceType | undefined>

/** The kinds of an inventory as the cluster serves them, undefined for what it does not. */
async function typesOf(cluster: Cluster, { entries }: Inventory): Promise<Types> {
  const types = new Map<string, ResourceType | undefined>()
  for (const { apiVersion, kind, uid } of entries) {
    const key = kindOf({ apiVersion, kind })
    if (uid !== '' && !types.has(key)) types.set(key, await servedAs(cluster, apiVersion, kind))
  }
  return types
}

/** What was written of kinds whose rows are complete; what was only about to be created is left out. */
function watchedEntries({ entries }: Inventory, types: Types, synced: ReadonlySet<string>): readonly InventoryEntry[] {
  return entries.filter((entry) => {
    const type = types.get(kindOf(entry))
    return entry.uid !== '' && type !== undefined && synced.has(keyOfKind(type))
  })
}

function kindOf({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): string {
  return `${groupOf(apiVersion)}/${kind}`
}

function keyOfKind({ group, resource }: { readonly group: string; readonly resource: string }): string {
  return `${group}/${resource}`
}

function isAsApplied({ uid, owned }: InventoryEntry, row: LiveRow | undefined): boolean {
  return row !== undefined && row.uid === uid && row.ownedHash === owned && row.idAnnotation === identityOfRow(row)
}

function identityOfRow({ group, kind, namespace, name }: LiveRow): string {
  return `${group}/${kind}/${namespace}/${name}`
}

type Applied = (identity: string) => Promise<KubernetesObject | undefined>

/** What was applied, where the inventory says that it is; undefined for what Git does not hold any more. */
async function declared(
  entry: InventoryEntry,
  { destination }: WorkflowConfig,
  applied: Applied,
): Promise<KubernetesObject | undefined> {
  const object = await applied(identityOf(entry))
  const { apiVersion, kind, name, namespace } = entry
  if (object !== undefined)
    return { ...object, metadata: { ...object.metadata, ...(namespace !== undefined && { namespace }) } }
  const isMade = destination.create_namespace && kind === 'Namespace' && name === destination.namespace
  return isMade && apiVersion === 'v1' ? { apiVersion, kind, metadata: { name } } : undefined
}

type Suspect = { readonly entry: InventoryEntry; readonly object: KubernetesObject | undefined }
type Around = {
  readonly applied: Applied
  readonly live: ReadonlyMap<string, LiveRow>
  readonly watched: readonly InventoryEntry[]
  readonly known: Known
}

async function compare(
  planner: Planner,
  candidates: readonly Suspect[],
  { applied, live, watched, known }: Around,
): Promise<Known> {
  const wanted = candidates.flatMap(({ entry, object }) =>
    object === undefined || optionsOf(object).ignore ? [] : [{ entry, object }],
  )
  if (wanted.length === 0) return new Map()
  const manifests: readonly Manifest[] = wanted.map(({ entry, object }) => ({
    object,
    digest: entry.digest,
    origin: '',
  }))
  const present: LiveObjects = new Map(
    watched.flatMap((entry) => {
      const row = live.get(identityOf(entry))
      return row === undefined ? [] : [[identityOf(entry), { ref: entry, uid: row.uid, owned: row.ownedHash }] as const]
    }),
  )
  const around = await arriving(planner.cluster, manifests, present, () => true, planner.signal)
  const compared = await inParallel(wanted, requestsInFlight, async ({ entry, object }) => {
    const identity = identityOf(entry)
    const row = live.get(identity)
    const state = JSON.stringify([entry.owned, entry.uid, row?.uid, row?.resourceVersion, row?.mark, row?.ownedHash])
    const before = known.get(identity)
    if (before?.state === state) return [identity, before] as const
    const found = await lookUp(planner.cluster, entry, planner.signal)
    const none = { drifted: undefined, plan: undefined }
    if (isGoing(found) || isSame(planner, entry, found)) return [identity, { state, compared: none }] as const
    let latest = found
    let isFirst = true
    const plan = await planObject(planner, {
      object: withMark(object, planner.mark),
      digest: entry.digest,
      ignoring: entry.ignoring,
      entry,
      previous: () => applied(identity),
      live: async () => {
        if (!isFirst) latest = await lookUp(planner.cluster, entry, planner.signal)
        isFirst = false
        return latest
      },
      unaskable: around.unaskable(object),
      mendedBy: (error) => around.mendedBy(object, error),
    })
    return [identity, { state, compared: { plan, drifted: driftOf(planner, entry, plan, latest) } }] as const
  })
  return new Map(compared)
}

/** On its way out: it is gone once it is gone. */
function isGoing(live: KubernetesObject | undefined): boolean {
  return live?.metadata['deletionTimestamp'] !== undefined
}

/** The row is older than what lives, as after a sync of a moment ago. */
function isSame({ mark, hash }: Planner, { uid, owned }: InventoryEntry, live: KubernetesObject | undefined): boolean {
  return (
    live !== undefined &&
    live.metadata.uid === uid &&
    isMarked(live, mark) &&
    ownedHash(live, fieldManager, hash) === owned
  )
}

function driftOf(
  { mark }: Planner,
  entry: InventoryEntry,
  plan: ObjectPlan,
  live: KubernetesObject | undefined,
): DriftedObject | undefined {
  if (plan.outcome === 'unchanged' || plan.outcome === 'left') return undefined
  if (live === undefined) return driftedObject(entry, { what: 'deleted' })
  const what: DriftKind = isMarked(live, mark) ? 'modified' : 'unmarked'
  const changes = plan.outcome === 'step' ? plan.changes : []
  const fields = changes.flatMap((change) => change.fields.flatMap(({ path, server }) => (server ? [] : [path])))
  // Who took a field over and left its value as it is has changed nothing.
  if (what === 'modified' && plan.outcome === 'step' && fields.length === 0) return undefined
  const owner = whoChanged(live, fields)
  return driftedObject(
    { ...entry, ...refOf(live) },
    {
      what,
      fields,
      manager: owner?.manager ?? null,
      time: owner?.time ?? null,
    },
  )
}

/** Who owns the first field that changed, or, of one that is not there any more, who wrote the object last. */
function whoChanged(live: KubernetesObject, fields: readonly string[]): FieldOwner | undefined {
  const others = (path: string) =>
    ownersOf(live, path).filter((owner) => !isOurs(owner) && owner.subresource === undefined)
  for (const path of fields) {
    const [owner] = others(path)
    if (owner !== undefined) return owner
  }
  return others('')[0]
}
