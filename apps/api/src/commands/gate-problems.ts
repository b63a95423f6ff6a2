import { workflowDecider, workflowStream, type Problem, type WorkflowConfig } from '@plimsoll/domain'
import { foldStream, type EventLog } from '@plimsoll/event-log'
import { windowProblem } from '@plimsoll/service'
import { knownIds } from '../queries/known-ids.ts'

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

const namedAtMost = 10

/** What a workflow waits for and is not there. It may come later, as workflows may be created in any order; or is misspelt. */
export async function dependencyWarnings(
  log: EventLog,
  { id, depends_on: dependencies }: WorkflowConfig,
): Promise<string[]> {
  const states = await Promise.all(
    dependencies.map(async (other) => ({ other, ...(await foldStream(log, workflowStream(other), workflowDecider)) })),
  )
  const missing = states.filter(({ state }) => state.config === null).map(({ other }) => other)
  if (missing.length === 0) return []
  const known = (await knownIds(log, 'workflow')).filter((other) => other !== id)
  const shown = known.slice(0, namedAtMost).join(', ')
  const there =
    known.length === 0 ? 'there is no other yet' : `there are ${shown}${known.length > namedAtMost ? ', …' : ''}`
  return missing.map(
    (other) => `${id} depends on ${other}, which does not exist: no sync of ${id} begins before it does (${there})`,
  )
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
