import type { ObservedRevision, RenderedRevision, Workflow, WorkflowConfig } from '@plimsoll/domain'
import type { EventLog } from '@plimsoll/event-log'
import type { StreamsOf } from '../cluster/live-rows.ts'
import type { Source } from '../source/find-source.ts'
import type { ReadGitObjects } from '../source/git-tree.ts'
import type { PlannedRevision } from './plan-revision.ts'

export type Dependencies = {
  readonly log: EventLog
  readonly gitObjects: (repository: string, revision: string) => ReadGitObjects
  /** What renders may fetch from. Default none. */
  readonly renderHosts?: readonly string[] | undefined
  /** Throws PlanFault for what only a person can mend, FetchFailedError for what may come later. */
  readonly planRevision: (
    workflow: Workflow,
    config: WorkflowConfig,
    revision: ObservedRevision,
    source: Source,
    signal: AbortSignal,
  ) => Promise<PlannedRevision>
  /** The same without the cluster: what the revision declares. */
  readonly renderRevision: (
    workflow: Workflow,
    config: WorkflowConfig,
    revision: ObservedRevision,
    source: Source,
    signal: AbortSignal,
  ) => Promise<RenderedRevision>
  /** The plan that puts back what drifted; undefined where nothing does. */
  readonly planHeal: (
    workflow: Workflow,
    config: WorkflowConfig,
    signal: AbortSignal,
  ) => Promise<PlannedRevision | undefined>
  /** The streams of the workflows that have these marks. */
  readonly streamsOf: StreamsOf
  readonly newId: () => string
}
