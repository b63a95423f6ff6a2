import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { clusterStream, endedSentence, repositoryStream } from '@plimsoll/domain'
import type { PlanSummary, RollbackResult, SyncResult, WorkflowStatus } from '@plimsoll/domain'
import type {
  ConditionSchema,
  PlanSummarySchema,
  RollbackResultSchema,
  SyncMetricsSchema,
  SyncResultSchema,
  WorkflowStatusSchema,
} from '@plimsoll/proto'
import type { Surroundings } from '../queries/surroundings.ts'
import type { FailingWork } from '../queries/work-of-workflow.ts'
import { driftConditions, toDrift, toIllHealth } from './drift-message.ts'
import { toWorkflowConfig } from './workflow-config-message.ts'

/** What stands in the way around the workflow is a condition, and worth a sentence. */
export function toWorkflowStatus(
  status: WorkflowStatus,
  surroundings: Surroundings,
): MessageInitShape<typeof WorkflowStatusSchema> {
  const conditions = conditionsOf(status, surroundings)
  return {
    id: status.id,
    name: status.name,
    status: status.status,
    reason: sentences([status.reason, ...conditions.flatMap(({ message, told }) => (told ? [] : [message]))]),
    autoSync: status.auto_sync,
    repository: status.repository,
    targetPath: status.target_path,
    revision: status.revision ?? '',
    ...(status.pending !== null && {
      pending: { ...status.pending, summary: toSummary(status.pending.summary) },
    }),
    ...(status.last_sync_result !== null && { lastSyncResult: toSyncResult(status.last_sync_result) }),
    ...(status.last_rollback !== null && { lastRollback: toRollbackResult(status.last_rollback) }),
    rejected: status.rejected.map((rejection) => ({ ...rejection })),
    waitsForPerson: status.waits_for_person,
    conditions: [...driftConditions(status), ...conditions.map(({ told: _told, ...condition }) => condition)],
    ...(status.drift !== null && { drift: toDrift(status.drift) }),
    ...(status.unhealthy !== null && { illHealth: toIllHealth(status.unhealthy) }),
    config: toWorkflowConfig(status.config),
    ...(status.paused !== null && { paused: status.paused }),
    ...(status.approval !== null && {
      approval: {
        plan: status.approval.plan,
        expiresAt: timestampFromDate(new Date(status.approval.expires_at)),
        reason: status.approval.reason,
      },
    }),
  }
}

/** One after the other; the last ends as it does. */
function sentences(texts: readonly string[]): string {
  return texts.map((text, at) => (at === texts.length - 1 ? text : endedSentence(text))).join(' ')
}

/** `told`: the reason says it already. */
type Condition = MessageInitShape<typeof ConditionSchema> & { readonly message: string; readonly told?: boolean }

function conditionsOf(status: WorkflowStatus, { failing, missing, expiredAt }: Surroundings): readonly Condition[] {
  const { cluster } = status.config.destination
  return [
    ...failing.flatMap((work) => toCondition(status, work)),
    ...missing.map((id) => ({
      type: 'dependency_missing',
      role: 'write',
      message: `It waits for ${id}, which does not exist: create it, or correct depends_on.`,
      told: status.reason.includes(`it depends on ${id}, which does not exist`),
    })),
    ...(expiredAt === null
      ? []
      : [
          {
            type: 'credentials_expired',
            role: 'write',
            message: `The credentials of its cluster expired at ${expiredAt.toISOString()}: give others with \`plimsoll cluster add ${cluster}\`.`,
          },
        ]),
  ]
}

const tasks: Readonly<Record<string, string>> = {
  repository: 'Reading the repository',
  plan: 'Planning',
  write: 'Writing to the cluster',
  cluster: 'Watching the cluster',
  drift: 'Looking for drift',
}

function taskOf({ role, stream }: FailingWork): string {
  // A differ takes up that a cluster is back under the role that plans.
  if (role === 'plan' && stream.startsWith(clusterStream(''))) return 'Taking up what waited for the cluster'
  return tasks[role] ?? role
}

/** Why work is set aside, and what has it tried again. */
export function parkedText({ id, repository, config }: WorkflowStatus, work: FailingWork): string {
  const { stream, parked } = work
  const unpark = stream.startsWith(repositoryStream(''))
    ? `--repo ${repository}`
    : stream.startsWith(clusterStream(''))
      ? `--cluster ${config.destination.cluster}`
      : id
  const because = (parked ?? '').replace(/\.?$/, '')
  return `${taskOf(work)} is set aside: ${because}; try it again with \`plimsoll unpark ${unpark}\`.`
}

function toCondition(status: WorkflowStatus, work: FailingWork): Condition[] {
  const { role, error, parked, nextAt } = work
  if (parked !== null) return [{ type: 'parked', role, message: parkedText(status, work) }]
  if (error === null) return []
  return [
    {
      type: 'retrying',
      role,
      message: `${taskOf(work)} failed and is tried again: ${error}`,
      ...(nextAt !== null && { retryAt: timestampFromDate(nextAt) }),
    },
  ]
}

export function toSyncResult(result: SyncResult): MessageInitShape<typeof SyncResultSchema> {
  const { metrics } = result
  return {
    id: result.id,
    status: result.status,
    ...(result.start_time !== '' && { startTime: timestampFromDate(new Date(result.start_time)) }),
    ...(result.end_time !== null && { endTime: timestampFromDate(new Date(result.end_time)) }),
    commitHash: result.commit_hash ?? '',
    message: result.message,
    faults: [...result.faults],
    ...(metrics !== null && { metrics: toMetrics(metrics) }),
  }
}

export function toRollbackResult(result: RollbackResult): MessageInitShape<typeof RollbackResultSchema> {
  const { revision, from_revision: from, metrics, faults, kept, left, ...texts } = result
  return {
    ...texts,
    revision: revision ?? '',
    fromRevision: from ?? '',
    faults: [...faults],
    kept: [...kept],
    left: [...left],
    ...(metrics !== null && { metrics: toMetrics(metrics) }),
  }
}

function toMetrics(metrics: NonNullable<SyncResult['metrics']>): MessageInitShape<typeof SyncMetricsSchema> {
  return {
    duration: metrics.duration,
    resourcesProcessed: metrics.resources_processed,
    resourcesApplied: metrics.resources_applied,
    resourcesSkipped: metrics.resources_skipped,
    conflictsResolved: metrics.conflicts_resolved,
  }
}

export function toSummary(summary: PlanSummary): MessageInitShape<typeof PlanSummarySchema> {
  return {
    totalChanges: summary.total_changes,
    createdResources: summary.created_resources,
    updatedResources: summary.updated_resources,
    deletedResources: summary.deleted_resources,
    conflictCount: summary.conflict_count,
    warningCount: summary.warning_count,
    replacedResources: summary.replaced_resources,
    impact: { ...summary.impact },
    highestImpact: summary.highest_impact ?? '',
  }
}
