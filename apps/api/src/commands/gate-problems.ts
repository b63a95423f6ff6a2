import { workflowDecider, workflowStream, type Problem, type WorkflowConfig } from '@plimsoll/domain'
import { foldStream, type EventLog } from '@plimsoll/event-log'
import { windowProblem } from '@plimsoll/service'

/** What is wrong with what is to hold syncs of a workflow back, as far as a calendar and other workflows tell. */
export async function gateProblems(log: EventLog, config: WorkflowConfig): Promise<readonly Problem[]> {
  const windows = config.sync_policy.sync_windows.flatMap((window, at) => {
    const message = windowProblem(window)
    return message === undefined ? [] : [{ field: `sync_policy.sync_windows[${at}]`, message }]
  })
  const cycle = await cycleFrom(log, config)
  const cycles =
    cycle === undefined
      ? []
      : [{ field: 'depends_on', message: `closes a circle, in which each waits for the next: ${cycle.join(' -> ')}` }]
  return [...windows, ...cycles]
}

/** The ids of workflows that depend on each other in a circle through this one; undefined if there is none. */
async function cycleFrom(
  log: EventLog,
  { id, depends_on: first }: WorkflowConfig,
): Promise<readonly string[] | undefined> {
  const seen = new Set<string>()
  let level: readonly (readonly string[])[] = first.map((other) => [id, other])
  while (level.length > 0) {
    const next: (readonly string[])[] = []
    for (const path of level) {
      const last = path.at(-1) ?? id
      if (last === id) return path
      if (seen.has(last)) continue
      seen.add(last)
      const { state } = await foldStream(log, workflowStream(last), workflowDecider)
      for (const other of state.config?.depends_on ?? []) next.push([...path, other])
    }
    level = next
  }
  return undefined
}
