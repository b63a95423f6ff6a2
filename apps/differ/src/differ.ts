import { randomUUID } from 'node:crypto'
import { stringifyJson, systemStream, workflowStream } from '@plimsoll/domain'
import { getGitObjects, putBlob, sealKey } from '@plimsoll/event-log'
import type { PositionedEvent, Wake } from '@plimsoll/event-log'
import type { Cluster } from '@plimsoll/kubernetes'
import { openVault, startWork } from '@plimsoll/service'
import type { ServiceContext } from '@plimsoll/service'
import type { ReadGitObjects } from './git-tree.ts'
import { listMarked } from './live-objects.ts'
import { planRevision } from './plan-revision.ts'
import { planWorkflow } from './plan-workflow.ts'

export type DifferOptions = {
  /** The clusters that workflows may name, by id. */
  readonly clusters: ReadonlyMap<string, Cluster>
}

const leaseMs = 30_000
const plansAtOnce = 4

/** Starts the differ: renders revisions and plans them against the live cluster. */
export function startDiffer(context: ServiceContext, { clusters }: DifferOptions): AsyncDisposable {
  const { log, installationKey } = context
  const gitObjects = (repository: string): ReadGitObjects => {
    const seal = sealKey(installationKey, `repository:${repository}`)
    return (oids) => getGitObjects(log, repository, oids, seal)
  }
  const plan = planRevision({
    openVault: (workflow) => openVault(log, installationKey, workflow),
    publish: (made) => putBlob(log, Buffer.from(stringifyJson(made))),
    clusters,
    gitObjects,
    liveObjects: (cluster, kinds, { mark, hash }, signal) => listMarked(cluster, mark, kinds, hash, signal),
    now: () => new Date(),
  })
  const handle = planWorkflow({ log, gitObjects, planRevision: plan, newId: () => `sync-${randomUUID()}` })
  return startWork(context, {
    service: 'differ',
    route,
    roles: [{ role: 'plan', concurrency: plansAtOnce, leaseMs, handle }],
  })
}

/** Facts of a workflow that may ask for a plan. */
const asks: ReadonlySet<string> = new Set([
  'WorkflowCreated',
  'WorkflowChanged',
  'WorkflowDeleted',
  'PlanRequested',
  'SyncRequested',
  'SyncSucceeded',
  'SyncFailed',
])

function route({ stream, type, version }: PositionedEvent): readonly Wake[] {
  if (stream === systemStream) return type === 'AutoSyncStarted' ? [{ role: 'plan', stream, version }] : []
  return stream.startsWith(workflowStream('')) && asks.has(type) ? [{ role: 'plan', stream, version }] : []
}
