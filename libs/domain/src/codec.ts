import type { ClusterEvent } from './cluster.ts'
import { UnknownEventError } from './event.ts'
import type { DomainEvent, EncodedEvent } from './event.ts'
import type { JsonObject } from './json/json.ts'
import type { RepositoryEvent } from './repository.ts'
import type { SystemEvent } from './system.ts'
import type { WorkflowEvent } from './workflow/events/events.ts'

/** Turns data of one schema version into the next one's. Pure: the log is never rewritten. */
type Upcaster = (data: JsonObject) => JsonObject

/** A type of event: its upcasters from schema version 1 on, and the fields that name blobs. */
type EventType = { readonly upcasters: readonly Upcaster[]; readonly blobs: readonly string[] }

const plain: EventType = { upcasters: [], blobs: [] }
const withBlobs = (...blobs: readonly string[]): EventType => ({ upcasters: [], blobs })

/** Rendering, rules, rollback and what holds syncs back came later: a workflow of before has none. */
const withRules: Upcaster = (config) => ({
  ...config,
  sync_policy: {
    ...(config['sync_policy'] as JsonObject),
    retry: { limit: 0, backoff: 'exponential', interval_ms: 5_000, max_duration_ms: 600_000 },
    rollback_limit: 2,
    sync_windows: [],
  },
  approval: { required: false, from_impact: null, allow_requester: false, expires_ms: 86_400_000 },
  depends_on: [],
  source: { renderer: 'auto', helm: { release_name: null, values_files: [], values: {} }, decryption: null },
  rollback_on_failure: false,
  ignore: [],
  sensitive: [],
  impact: {},
})

/** Labels, an identity of its own, hooks and healing came later: a workflow of before has none. */
const withIdentity: Upcaster = (config) => ({
  ...config,
  labels: {},
  destination: { ...(config['destination'] as JsonObject), service_account: null },
  sync_policy: {
    ...(config['sync_policy'] as JsonObject),
    prune_budget: 50,
    self_heal: false,
    pre_sync_hooks: [],
    post_sync_hooks: [],
    hook_timeout_ms: 600_000,
  },
})

/** Plans were made without a digest of what they would do, and rendered from their target path alone. */
const planMadeV2: Upcaster = (data) => ({
  ...data,
  paths: [],
  digest: '',
  summary: {
    ...(data['summary'] as JsonObject),
    replaced_resources: 0,
    impact: { low: 0, medium: 0, high: 0, critical: 0 },
    highest_impact: null,
  },
})

/** There was one wave. */
const withWave: Upcaster = (data) => ({ ...data, wave: 0 })

/** Everything was rendered from the target path alone. */
const withPaths: Upcaster = (data) => ({ ...data, paths: [] })

/** A sync of one plan and no other came later: until then any plan of the revision was meant. */
const withPlan: Upcaster = (data) => ({ ...data, plan: null, by: null })

/** Nobody asked for the version. */
const withVersion: Upcaster = (data) => ({ ...data, version: null })

/** The digest of the objects alone came with the rejection of manifest sets; without one, none is rejected. */
const planMadeV3: Upcaster = (data) => ({ ...data, objects: '' })

/** What is never removed unasked stayed, whatever was asked for. */
const withoutKept: Upcaster = (data) => ({ ...data, prune_kept: false })

/** Why an approval was asked for was not recorded. */
const withReason: Upcaster = (data) => ({ ...data, reason: '' })

/** Only a sync that never began was superseded. */
const neverBegun: Upcaster = (data) => ({ ...data, revision: null, inventory: null, metrics: null })

/** Whose fault the end of a hook was came later: until then all were the commit's. */
const withinCommit: Upcaster = (data) => ({ ...data, outside: false })

type Codec<E> = {
  /** Every type that it knows. */
  readonly types: readonly string[]
  readonly encode: (event: E) => EncodedEvent
  /** @throws UnknownEventError for a type or schema version that only a newer Plimsoll knows */
  readonly decode: (stored: { readonly type: string; readonly schemaVersion: number; readonly data: unknown }) => E
}

function codec<E extends { readonly type: string; readonly data: unknown }>(
  types: Readonly<Record<E['type'], EventType>>,
): Codec<E> {
  const known = new Map<string, EventType>(Object.entries<EventType>(types))
  return {
    types: [...known.keys()],
    encode(event) {
      const { upcasters, blobs } = types[event.type as E['type']]
      const data = event.data as JsonObject
      const digests = blobs.map((field) => data[field]).filter((digest) => typeof digest === 'string')
      return {
        type: event.type,
        schemaVersion: upcasters.length + 1,
        data,
        ...(digests.length > 0 && { blobs: [...new Set(digests)] }),
      }
    },
    decode({ type, schemaVersion, data }) {
      const eventType = known.get(type)
      if (eventType === undefined || schemaVersion < 1 || schemaVersion > eventType.upcasters.length + 1)
        throw new UnknownEventError(type, schemaVersion)
      const current = eventType.upcasters
        .slice(schemaVersion - 1)
        .reduce((older, upcast) => upcast(older), data as JsonObject)
      return { type, data: current } as DomainEvent as unknown as E
    },
  }
}

export const repositoryCodec = codec<RepositoryEvent>({
  RepositoryRegistered: plain,
  RepositoryChanged: plain,
  CredentialRotated: plain,
  RepositoryDeleted: plain,
  RefreshRequested: plain,
  RevisionObserved: plain,
  SourceFailed: plain,
  SourceRecovered: plain,
  RevisionRequested: plain,
  RevisionResolved: plain,
  RevisionRefused: plain,
  RepositoryUnparked: plain,
})

export const workflowCodec = codec<WorkflowEvent>({
  WorkflowCreated: { upcasters: [withRules, withIdentity], blobs: [] },
  WorkflowChanged: { upcasters: [withRules, withIdentity], blobs: [] },
  WorkflowDeleted: { upcasters: [withoutKept], blobs: [] },
  DecryptionKeyChanged: plain,
  WorkflowReleased: plain,
  PlanRequested: plain,
  PlanMade: { upcasters: [planMadeV2, planMadeV3], blobs: ['plan', 'steps', 'manifest_set'] },
  PlanFailed: { upcasters: [withPaths], blobs: [] },
  SyncRequested: { upcasters: [withPlan, withoutKept], blobs: [] },
  HistoryTrimmed: plain,
  RetryScheduled: plain,
  DriftDetected: plain,
  DriftHealed: plain,
  HealthObserved: plain,
  WorkflowPaused: plain,
  WorkflowResumed: plain,
  SyncHeld: plain,
  ApprovalRequested: { upcasters: [withReason], blobs: [] },
  SyncApproved: plain,
  SyncRefused: plain,
  CancelRequested: plain,
  WorkflowUnparked: plain,
  PreviewRequested: plain,
  PreviewMade: withBlobs('plan', 'manifest_set'),
  RevisionRendered: withBlobs('manifest_set'),
  PreviewFailed: plain,
  SyncStarted: withBlobs('plan', 'steps', 'manifest_set', 'backup', 'inventory'),
  SyncStalled: plain,
  HookStarted: plain,
  HookFinished: { upcasters: [withinCommit], blobs: ['output'] },
  BackupExtended: withBlobs('backup'),
  WaveApplied: { upcasters: [withWave], blobs: ['rebased'] },
  SyncSucceeded: { upcasters: [withPaths], blobs: ['manifest_set', 'inventory'] },
  SyncFailed: withBlobs('inventory'),
  SyncSuperseded: { upcasters: [neverBegun], blobs: ['inventory'] },
  RollbackRequested: plain,
  RollbackPlanRequested: plain,
  RollbackPlanned: withBlobs('plan'),
  RollbackStarted: withBlobs('plan', 'steps', 'backup', 'inventory'),
  RollbackStalled: plain,
  RollbackSucceeded: withBlobs('manifest_set', 'inventory'),
  RollbackFailed: withBlobs('inventory'),
  RevisionRejected: plain,
  RevisionReinstated: plain,
})

export const systemCodec = codec<SystemEvent>({ AutoSyncStarted: plain, AutoSyncStopped: plain })

export const clusterCodec = codec<ClusterEvent>({
  ClusterRegistered: plain,
  ClusterChanged: plain,
  ClusterCredentialRotated: plain,
  ClusterRemoved: plain,
  ClusterReached: { upcasters: [withVersion], blobs: [] },
  ClusterLost: plain,
  ClusterUnparked: plain,
})
