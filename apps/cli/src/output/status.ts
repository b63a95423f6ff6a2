import type { RollbackResult, SyncResult, WorkflowStatus } from '@plimsoll/proto'
import type { Io } from '../io.ts'
import { cleanLine } from './clean.ts'
import { painter, type Colour } from './colours.ts'
import { driftPairs } from './drift.ts'
import { instant } from './instant.ts'
import { fields, table, type Pairs } from './table.ts'

const colours: Readonly<Record<string, Colour>> = {
  synced: 'green',
  succeeded: 'green',
  syncing: 'cyan',
  running: 'cyan',
  active: 'yellow',
  degraded: 'yellow',
  failed: 'red',
}

export function workflowTable(workflows: readonly WorkflowStatus[], io: Pick<Io, 'width'>): string {
  const columns = [
    { title: 'ID', value: ({ id }: WorkflowStatus) => id },
    { title: 'STATUS', value: ({ status }: WorkflowStatus) => status },
    { title: 'REPOSITORY', value: ({ repository }: WorkflowStatus) => repository },
    { title: 'PATH', value: ({ targetPath }: WorkflowStatus) => targetPath },
    { title: 'REVISION', value: ({ revision }: WorkflowStatus) => revision.slice(0, 10) },
    { title: 'AUTO-SYNC', value: ({ autoSync }: WorkflowStatus) => (autoSync ? 'yes' : 'no') },
    { title: 'REASON', value: ({ reason }: WorkflowStatus) => reason },
  ]
  return table(workflows, columns, io.width)
}

/** What is known of a workflow; `settings` are lines of the same block, `asOf` says of which moment it is. */
export function statusText(workflow: WorkflowStatus, io: Pick<Io, 'colour'>, settings: Pairs = [], asOf = ''): string {
  const { pending, lastSyncResult: last } = workflow
  const summary = pending?.summary
  const paint = painter(io)
  const text = fields([
    ['Workflow', workflow.name === workflow.id ? workflow.id : `${workflow.id} (${workflow.name})`],
    ['As of', asOf],
    ['Status', workflow.status],
    ['Reason', workflow.reason],
    ['Source', `${workflow.repository} ${workflow.targetPath}`],
    ['Revision', workflow.revision],
    [
      'Pending',
      pending && summary
        ? `${pending.revision.slice(0, 10)}: ${summary.createdResources} to create, ${summary.updatedResources} to update, ${summary.deletedResources} to delete`
        : '',
    ],
    ...driftPairs(workflow),
    ...settings,
    ['Paused', pausedText(workflow.paused)],
    ['Rejected', workflow.rejected.map(({ revision }) => revision.slice(0, 10)).join(', ')],
    ...(last ? syncPairs(last) : []),
  ])
  const coloured = text.replace(
    `  ${workflow.status}\n`,
    `  ${paint(colours[workflow.status] ?? 'bold', workflow.status)}\n`,
  )
  return coloured + (last ? faultsText(last) : '')
}

function pausedText(paused: WorkflowStatus['paused']): string {
  if (paused === undefined) return ''
  return `by ${paused.by}${paused.reason === '' ? '' : `: ${paused.reason}`}`
}

export function syncText(result: SyncResult): string {
  return fields(syncPairs(result)) + faultsText(result)
}

function syncPairs(result: SyncResult): Pairs {
  const { metrics } = result
  return [
    ['Last sync', `${result.status} (${result.id})`],
    ['Commit', result.commitHash],
    ['Started', instant(result.startTime)],
    ['Ended', instant(result.endTime)],
    ['Message', result.message],
    [
      'Objects',
      metrics
        ? `${metrics.resourcesProcessed} processed, ${metrics.resourcesApplied} applied, ${metrics.resourcesSkipped} skipped, ${metrics.conflictsResolved} conflicts resolved`
        : '',
    ],
    ['Duration', metrics?.duration ?? ''],
  ]
}

/** A line for each fault that the message does not tell already. */
function faultsText({ faults, message }: SyncResult): string {
  return faults
    .map(({ what, where, because }) => `${cleanLine(what)} (${cleanLine(where)}): ${cleanLine(because)}`)
    .filter((text) => text !== cleanLine(message))
    .map((text) => `  ${text}\n`)
    .join('')
}

export function rollbackText(result: RollbackResult): string {
  const { metrics } = result
  const lines = (title: string, texts: readonly string[]): Pairs =>
    texts.map((text, nth) => [nth === 0 ? title : '', text])
  return fields([
    ['Rollback', `${result.status} (${result.id})`],
    ['Back to', result.revision === '' ? 'before the first sync' : result.revision],
    ['Undone', result.fromRevision],
    ['Because', result.reason],
    ['Message', result.message],
    ['Objects', metrics ? `${metrics.resourcesProcessed} processed, ${metrics.resourcesApplied} put back` : ''],
    ['Duration', metrics?.duration ?? ''],
    ...lines('Kept', result.kept),
    ...lines('Left', result.left),
  ])
}
