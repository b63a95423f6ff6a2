import { shortDigest } from '../state/plan-reference.ts'
import type { Workflow } from '../state/state.ts'
import type { StatusWord, WorkflowStatus } from './status.ts'

/** Who or what ends a wait. */
export type WaitGate = 'approval' | 'pause' | 'dependency' | 'window' | 'person' | 'sync' | 'retry' | 'engine'

export type WaitsFor = {
  readonly gate: WaitGate
  /** `a person`, `workflow database`, or `nobody` for what ends by itself. */
  readonly who: string
  readonly message: string
  /** Of an approval: the digest of the plan. */
  readonly plan: string | null
  /** When it ends at the latest, ISO 8601; null where that is not known. */
  readonly until: string | null
}

/** What is known of one of several workflows. */
export type Standing = {
  readonly workflow: Workflow
  readonly status: WorkflowStatus
  /** The newest commit that was seen on the branch of its repository. */
  readonly newest: string | null
  /** It was brought to what the newest commit declares, whatever its health. */
  readonly isNewest: boolean
  /** Why work of the engine for it is set aside, and how that is ended. */
  readonly parked: string | null
}

/** How far one of several workflows has come. */
export type EnvironmentProgress = {
  readonly workflow_id: string
  readonly name: string
  /** Its label `environment`, else its name. */
  readonly environment: string
  readonly status: StatusWord
  readonly reason: string
  readonly repository: string
  readonly revision: string | null
  readonly newest: string | null
  /** It holds what the newest commit declares, and is healthy. */
  readonly current: boolean
  /** It holds what those before it hold. */
  readonly follows: boolean
  /** Those of the selected that come before it. */
  readonly after: readonly string[]
  readonly waits_for: WaitsFor | null
}

export type Progress = { readonly environments: readonly EnvironmentProgress[]; readonly summary: string }

/**
 * How far workflows have come that belong together, such as the environments of an application, in the order of promotion.
 * `dependenciesOf`: of any workflow, as those that are not selected may lie between two that are.
 */
export function progressOf(
  standings: readonly Standing[],
  {
    autoSync,
    dependenciesOf,
  }: { readonly autoSync: boolean; readonly dependenciesOf: (id: string) => readonly string[] },
): Progress {
  const selected = new Map(standings.map((standing) => [standing.status.id, standing]))
  const before = new Map([...selected.keys()].map((id) => [id, selectedBefore(id, selected, dependenciesOf)]))
  const environments = promotionOrder(before).flatMap((id) => {
    const standing = selected.get(id)
    if (standing === undefined) return []
    const after = before.get(id) ?? []
    return [
      environmentOf(
        standing,
        after,
        after.flatMap((other) => selected.get(other) ?? []),
        autoSync,
      ),
    ]
  })
  return { environments, summary: summaryOf(environments) }
}

function environmentOf(
  standing: Standing,
  after: readonly string[],
  earlier: readonly Standing[],
  autoSync: boolean,
): EnvironmentProgress {
  const { workflow, status, newest, isNewest } = standing
  const current = isNewest && status.status === 'synced'
  const holdsSame = ({ status: other }: Standing) =>
    other.repository !== status.repository || other.revision === status.revision
  return {
    workflow_id: status.id,
    name: status.name,
    environment: status.config.labels['environment'] ?? status.name,
    status: status.status,
    reason: status.reason,
    repository: status.repository,
    revision: status.revision,
    newest,
    current,
    follows: after.length === 0 || current || (workflow.applied !== null && earlier.every(holdsSame)),
    after,
    waits_for: waitsFor(standing, autoSync, current),
  }
}

/** The nearest selected workflows that one depends on, through others if need be. */
function selectedBefore(
  id: string,
  selected: ReadonlyMap<string, unknown>,
  dependenciesOf: (id: string) => readonly string[],
): readonly string[] {
  const found = new Set<string>()
  const seen = new Set<string>([id])
  const pending = [...dependenciesOf(id)]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    if (selected.has(next)) found.add(next)
    else pending.push(...dependenciesOf(next))
  }
  return [...found].toSorted()
}

/** Each after all that it depends on; what nothing orders is ordered by id. A circle, which cannot be, comes last. */
function promotionOrder(before: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const order: string[] = []
  const placed = new Set<string>()
  const left = new Set([...before.keys()].toSorted())
  while (left.size > 0) {
    const next = [...left].find((id) => (before.get(id) ?? []).every((other) => placed.has(other))) ?? [...left][0]
    if (next === undefined) break
    left.delete(next)
    placed.add(next)
    order.push(next)
  }
  return order
}

/** What keeps a workflow from holding the newest; null where nothing does. */
function waitsFor({ workflow, status, parked }: Standing, autoSync: boolean, current: boolean): WaitsFor | null {
  const { id, config } = status
  const { sync, retry, paused, plan } = workflow
  const wait = (gate: WaitGate, who: string, message: string, more: Partial<WaitsFor> = {}): WaitsFor => ({
    gate,
    who,
    message,
    plan: null,
    until: null,
    ...more,
  })
  if (parked !== null) return wait('person', 'a person', parked)
  if (current) return null
  if (sync !== null && sync.started === null && sync.approval?.approved_by === null) {
    const { plan: digest, expires_at: until, reason } = sync.approval
    const who = sync.by === null || config.approval.allow_requester ? 'a person' : `a person other than ${sync.by}`
    const why = reason === '' ? '' : ` (${reason})`
    return wait('approval', who, `approval of plan ${shortDigest(digest)}${why}`, { plan: digest, until })
  }
  if (sync?.held && sync.started === null) {
    const { gate, message } = sync.held
    const on = config.depends_on.find((other) => message.startsWith(`it depends on ${other},`))
    const who = gate === 'dependency' ? `workflow ${on ?? ''}`.trim() : gate === 'pause' ? 'a person' : 'nobody'
    return wait(gate, who, message)
  }
  if (sync !== null || workflow.rollback !== null) return wait('engine', 'nobody', status.reason)
  if (retry !== null) return wait('retry', 'nobody', status.reason, { until: retry.at })
  if (status.waits_for_person || status.status === 'failed' || status.status === 'degraded')
    return wait('person', 'a person', status.reason)
  if (paused !== null && config.auto_sync)
    return wait('pause', 'a person', `${paused.by} paused it${paused.reason && `: ${paused.reason}`}`)
  if (config.auto_sync && !autoSync) return wait('sync', 'a person', 'auto-sync is stopped: `plimsoll auto-sync start`')
  if (config.auto_sync) return wait('engine', 'nobody', status.reason)
  return plan !== null && plan.summary.total_changes === 0 && status.status === 'synced'
    ? null
    : wait('sync', 'a person', `\`plimsoll sync ${id}\``)
}

const wordsFor: Readonly<Record<WaitGate, (wait: WaitsFor) => string>> = {
  approval: ({ message }) => `waits for ${message}`,
  pause: ({ message }) => `is paused: ${message}`,
  dependency: ({ who }) => `waits for ${who}`,
  window: ({ message }) => `waits: ${message}`,
  person: ({ message }) => `needs somebody: ${message.replace(/\.$/, '')}`,
  sync: ({ message }) => `waits for ${message}`,
  retry: ({ until }) => `is tried again at ${until ?? 'a later time'}`,
  engine: () => 'is on its way',
}

const toldAtMost = 3

/** One sentence for the whole. */
function summaryOf(environments: readonly EnvironmentProgress[]): string {
  if (environments.length === 0) return 'No workflow is selected.'
  const current = environments.filter((each) => each.current).length
  const [first, ...others] = environments
  const isOne = first?.newest && others.every(({ repository }) => repository === first.repository)
  const what = isOne && first.newest ? first.newest.slice(0, 7) : 'the newest commit'
  const noun = environments.length === 1 ? 'environment' : 'environments'
  const verb = current === 1 ? 'has' : 'have'
  const head =
    current === environments.length
      ? `${environments.length === 1 ? 'The only' : `All ${environments.length}`} ${noun} ${verb} ${what}`
      : `${current} of ${environments.length} ${noun} ${verb} ${what}`
  const waiting = environments.filter(({ waits_for: wait }) => wait !== null)
  const told = waiting.flatMap(({ environment, waits_for: wait }) =>
    wait === null ? [] : [`${environment} ${wordsFor[wait.gate](wait)}`],
  )
  const more = told.length - toldAtMost
  return `${[head, ...told.slice(0, toldAtMost), ...(more > 0 ? [`${more} more wait`] : [])].join('; ')}.`
}
