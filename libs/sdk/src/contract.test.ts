import type * as proto from '@plimsoll/proto'
import { expectTypeOf, test } from 'vitest'
import type * as sdk from './index.ts'

// The compiler checks these: what the contract gains has to be told here, too.

type Snake<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : ''
type FieldsOf<Message> = Snake<Exclude<keyof Message & string, '$typeName' | '$unknown'>>
/** Fields of a message that a shape does not have, and the other way round. */
type Difference<Shape, Message> = Exclude<FieldsOf<Message>, keyof Shape> | Exclude<keyof Shape, FieldsOf<Message>>

test('every method of the contract is a verb', () => {
  expectTypeOf<Exclude<keyof typeof proto.GitOpsService.method, keyof sdk.Plimsoll>>().toBeNever()
  expectTypeOf<Exclude<keyof typeof proto.EventService.method, keyof sdk.Plimsoll>>().toBeNever()
  expectTypeOf<Exclude<keyof typeof proto.SystemService.method, keyof sdk.Plimsoll>>().toBeNever()
})

test('what is answered has the fields of the contract', () => {
  expectTypeOf<Difference<sdk.Repository, proto.Repository>>().toBeNever()
  expectTypeOf<Difference<sdk.Cluster, proto.Cluster>>().toBeNever()
  expectTypeOf<Difference<sdk.ObservedRevision, proto.ObservedRevision>>().toBeNever()
  expectTypeOf<Difference<sdk.SourceFailure, proto.SourceFailure>>().toBeNever()
  expectTypeOf<Difference<Omit<sdk.WorkflowStatus, 'moment'>, proto.WorkflowStatus>>().toBeNever()
  expectTypeOf<Difference<sdk.SyncResult, proto.SyncResult>>().toBeNever()
  expectTypeOf<Difference<sdk.SyncMetrics, proto.SyncMetrics>>().toBeNever()
  expectTypeOf<Difference<sdk.RollbackResult, proto.RollbackResult>>().toBeNever()
  expectTypeOf<Difference<sdk.PendingChange, proto.PendingChange>>().toBeNever()
  expectTypeOf<Difference<sdk.PendingApproval, proto.PendingApproval>>().toBeNever()
  expectTypeOf<Difference<sdk.RejectedRevision, proto.RejectedRevision>>().toBeNever()
  expectTypeOf<Difference<sdk.Condition, proto.Condition>>().toBeNever()
  expectTypeOf<Difference<sdk.Pause, proto.Pause>>().toBeNever()
  expectTypeOf<Difference<sdk.Drift, proto.Drift>>().toBeNever()
  expectTypeOf<Difference<sdk.DriftedObject, proto.DriftedObject>>().toBeNever()
  expectTypeOf<Difference<sdk.Contest, proto.Contest>>().toBeNever()
  expectTypeOf<Difference<sdk.IllHealth, proto.IllHealth>>().toBeNever()
  expectTypeOf<Difference<sdk.UnhealthyObject, proto.UnhealthyObject>>().toBeNever()
  expectTypeOf<Difference<sdk.OwnedObject, proto.OwnedObject>>().toBeNever()
  expectTypeOf<Difference<sdk.Moment, proto.Moment>>().toBeNever()
  expectTypeOf<Difference<sdk.Event, proto.Event>>().toBeNever()
  expectTypeOf<Difference<sdk.SystemStatus, proto.GetSystemStatusResponse>>().toBeNever()
  expectTypeOf<Difference<sdk.PartStatus, proto.PartStatus>>().toBeNever()
  expectTypeOf<Difference<sdk.Progress, proto.GetProgressResponse>>().toBeNever()
  expectTypeOf<Difference<sdk.EnvironmentProgress, proto.EnvironmentProgress>>().toBeNever()
  expectTypeOf<Difference<sdk.WaitsFor, proto.WaitsFor>>().toBeNever()
  expectTypeOf<Difference<Omit<sdk.HookRunning, 'type'>, proto.HookRunning>>().toBeNever()
  expectTypeOf<Difference<Omit<sdk.HookText, 'type'>, proto.HookText>>().toBeNever()
  expectTypeOf<Difference<Omit<sdk.HookEnd, 'type'>, proto.HookEnd>>().toBeNever()
  expectTypeOf<Difference<sdk.Diff, proto.Plan>>().toBeNever()
  expectTypeOf<Difference<sdk.Change, proto.Change>>().toBeNever()
  expectTypeOf<Difference<sdk.Conflict, proto.Conflict>>().toBeNever()
  expectTypeOf<Difference<sdk.PlanSummary, proto.PlanSummary>>().toBeNever()
  expectTypeOf<Difference<sdk.FieldChange, proto.FieldChange>>().toBeNever()
})

test('what is asked for has the fields of the contract', () => {
  expectTypeOf<Difference<sdk.RepositoryConfig, proto.RegisterRepositoryRequest>>().toBeNever()
  expectTypeOf<Difference<sdk.ClusterConfig, proto.RegisterClusterRequest>>().toBeNever()
  expectTypeOf<Difference<sdk.RepositoryUpdate, Omit<proto.UpdateRepositoryRequest, 'id'>>>().toBeNever()
  expectTypeOf<Difference<sdk.WorkflowConfig, proto.WorkflowConfig>>().toBeNever()
  expectTypeOf<Difference<sdk.SyncPolicy, proto.SyncPolicy>>().toBeNever()
  expectTypeOf<Difference<sdk.HealthCheck, proto.HealthCheck>>().toBeNever()
  expectTypeOf<Difference<sdk.Retry, proto.Retry>>().toBeNever()
  expectTypeOf<Difference<sdk.SyncWindow, proto.SyncWindow>>().toBeNever()
  expectTypeOf<Difference<sdk.Destination, proto.Destination>>().toBeNever()
  expectTypeOf<Difference<sdk.Allow, proto.Allow>>().toBeNever()
  expectTypeOf<Difference<sdk.Source, proto.Source>>().toBeNever()
  expectTypeOf<Difference<sdk.HelmSource, proto.HelmSource>>().toBeNever()
  expectTypeOf<Difference<sdk.IgnoreRule, proto.IgnoreRule>>().toBeNever()
  expectTypeOf<Difference<sdk.SensitiveRule, proto.SensitiveRule>>().toBeNever()
  expectTypeOf<Difference<sdk.Approval, proto.ApprovalPolicy>>().toBeNever()
  expectTypeOf<Difference<sdk.Decryption, proto.Decryption>>().toBeNever()
})

test('options have the fields of the contract', () => {
  type Call = 'signal' | 'timeoutMs'
  type OnOne<Message> = Omit<Message, 'workflowId'>
  expectTypeOf<Difference<Omit<sdk.DiffOptions, Call>, OnOne<proto.GenerateDiffRequest>>>().toBeNever()
  expectTypeOf<Difference<Omit<sdk.SyncOptions, Call>, OnOne<proto.SyncWorkflowRequest>>>().toBeNever()
  expectTypeOf<Difference<Omit<sdk.DeleteOptions, Call>, OnOne<proto.DeleteWorkflowRequest>>>().toBeNever()
  type Rollback = Omit<OnOne<proto.RollbackWorkflowRequest>, 'reason' | 'planOnly' | 'omitStates' | 'omitUnifiedDiff'>
  expectTypeOf<Difference<Omit<sdk.RollbackOptions, Call>, Rollback>>().toBeNever()
  type List = Omit<proto.ListWorkflowsRequest, 'pageSize' | 'pageToken' | 'minToken'>
  expectTypeOf<Difference<Omit<sdk.ListOptions, Call>, List>>().toBeNever()
})
