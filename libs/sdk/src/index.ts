export { allPages } from './all-pages.ts'
export { openConnection, openPlimsoll } from './open-plimsoll.ts'
export type { Connection, ConnectionOptions } from './connection/connection.ts'
export type { OpenStream } from './connection/follow.ts'
export type { OnRetry, Patience } from './connection/patience.ts'
export * from './errors.ts'
export * from './outcome-errors.ts'
export { messageOf } from './plain.ts'
export type { Plimsoll } from './plimsoll.ts'
export type * from './shapes/cluster.ts'
export type * from './shapes/drift.ts'
export type * from './shapes/event.ts'
export type * from './shapes/hook-output.ts'
export type * from './shapes/options.ts'
export type * from './shapes/progress.ts'
export type * from './shapes/repository.ts'
export type * from './shapes/system-status.ts'
export type * from './shapes/workflow-config.ts'
export type * from './shapes/workflow-status.ts'
export type { ClusterVerbs } from './verbs/clusters.ts'
export type { ComparedPoint, Comparison, Diff, DiffOptions, DiffVerbs } from './verbs/diffs.ts'
export type { HookOutputOptions, HookVerbs } from './verbs/hooks.ts'
export type { ProgressVerbs } from './verbs/progress.ts'
export type { QuickSetup, QuickSetupVerbs, QuickWorkflow } from './verbs/quick-setup.ts'
export type { RepositoryVerbs } from './verbs/repositories.ts'
export type { RollbackAnswer, RollbackOptions, RollbackVerbs } from './verbs/rollbacks.ts'
export type { SyncAnswer, SyncOptions, SyncVerbs } from './verbs/syncs.ts'
export type { Parked, SystemVerbs } from './verbs/system.ts'
export type { EventFilter, EventOptions, WatchOptions, WatchVerbs, WorkflowChange } from './verbs/watches.ts'
export type { DeleteOptions, ListOptions, WorkflowOptions, WorkflowVerbs } from './verbs/workflows.ts'
export type {
  ChangeV1 as Change,
  ConflictV1 as Conflict,
  FieldChangeV1 as FieldChange,
  ImpactReasonV1 as ImpactReason,
  JsonV1 as Json,
  ObjectRefV1 as ObjectRef,
  PlanSummaryV1 as PlanSummary,
} from '@plimsoll/proto'
