import { parseStream, workflowDecider } from '@plimsoll/domain'
import type { Installation } from '@plimsoll/e2e'
import { head, readLog } from '@plimsoll/event-log'
import { until } from '@plimsoll/harness'

/**
 * What is wrong with the log: positions or versions with a gap, a sync or rollback that ended twice or began without being asked
 * for, two that wrote to one workflow at the same time.
 */
export async function faultsOfLog({ log }: Installation): Promise<readonly string[]> {
  const unordered = () =>
    log.db.selectFrom('event').select('id').where('id', 'not in', log.db.selectFrom('log').select('id')).execute()
  await until(async () => (await unordered()).length === 0, { what: 'every event has its place in the log' })
  const events = await readLog(log, { after: 0, limit: (await head(log)).position + 1 })
  const faults: string[] = []
  const versions = new Map<string, number>()
  const syncs = new Map<string, 'asked' | 'ended'>()
  const writes = new Map<string, string>()
  for (const [index, event] of events.entries()) {
    if (event.position !== index + 1) faults.push(`position ${event.position} follows ${index}`)
    const version = (versions.get(event.stream) ?? 0) + 1
    if (event.version !== version) faults.push(`${event.stream}@${event.version} follows ${version - 1}`)
    versions.set(event.stream, event.version)
    if (parseStream(event.stream)?.kind !== 'workflow') continue
    const { type, data } = workflowDecider.decode(event)
    if (type === 'SyncRequested') syncs.set(data.sync_id, 'asked')
    const writer = writerOf(type, data)
    if (writer !== undefined) {
      const other = writes.get(event.stream)
      if (other !== undefined && other !== writer) faults.push(`${type} of ${writer} while ${other} writes`)
      if (type.endsWith('Started')) writes.set(event.stream, writer)
      else writes.delete(event.stream)
    }
    if (type === 'RollbackRequested') syncs.set(data.rollback_id, 'asked')
    if (type === 'RollbackStarted' || type === 'RollbackSucceeded' || type === 'RollbackFailed') {
      if (syncs.get(data.rollback_id) !== 'asked')
        faults.push(`${type} of ${data.rollback_id}, which nobody asked for, or has ended`)
      if (type !== 'RollbackStarted') syncs.set(data.rollback_id, 'ended')
    }
    const isEnd =
      type === 'SyncSucceeded' || type === 'SyncFailed' || (type === 'SyncSuperseded' && writer !== undefined)
    if (type !== 'SyncStarted' && !isEnd) continue
    const state = syncs.get(data.sync_id)
    if (state !== 'asked')
      faults.push(`${type} of ${data.sync_id}, which ${state === 'ended' ? 'has ended' : 'nobody asked for'}`)
    if (isEnd) syncs.set(data.sync_id, 'ended')
  }
  return faults
}

/** Whose beginning or end of writing an event is; a sync that fails before its first write writes nothing. */
function writerOf(type: string, data: object): string | undefined {
  if (!/^(Sync|Rollback)(Started|Succeeded|Failed|Superseded)$/.test(type)) return undefined
  if ((type === 'SyncFailed' || type === 'SyncSuperseded') && 'inventory' in data && data.inventory === null)
    return undefined
  if ('sync_id' in data) return String(data.sync_id)
  return 'rollback_id' in data ? String(data.rollback_id) : undefined
}
