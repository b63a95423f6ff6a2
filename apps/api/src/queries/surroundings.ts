import { clusterStream, defaultCluster, workflowStream } from '@plimsoll/domain'
import type { ClusterRow, WorkflowRow, WorkflowStatus } from '@plimsoll/domain'
import { isConnectionLost, readRows } from '@plimsoll/event-log'
import { credentialExpiry } from '@plimsoll/kubernetes'
import { clusterCredentials } from '@plimsoll/service'
import type { Dependencies } from '../dependencies.ts'
import { statusModel } from './status-model.ts'
import { failingWork, type FailingWork } from './work-of-workflow.ts'

/** What is to be known beside a workflow's own state. */
export type Surroundings = {
  /** What the engine could not do for it. */
  readonly failing: readonly FailingWork[]
  /** Those that it depends on and that do not exist. */
  readonly missing: readonly string[]
  /** When the credentials of its cluster expired; null if they did not. */
  readonly expiredAt: Date | null
}

/** In the past nothing of this is known. */
export const noSurroundings: Surroundings = { failing: [], missing: [], expiredAt: null }

type Place = Pick<Dependencies, 'log' | 'logger' | 'installationKey'>

/** What lies around workflows, each asked for once however many they are. */
export async function surroundingsOf(
  place: Place,
  statuses: readonly WorkflowStatus[],
): Promise<(id: string) => Surroundings> {
  const dependencies = new Set(statuses.flatMap(({ config }) => config.depends_on))
  const clusters = new Set(statuses.map(({ config }) => config.destination.cluster))
  const [failing, missing, expired] = await Promise.all([
    failingWork(place.log, statuses),
    missingOf(place, [...dependencies]),
    expiredOf(place, [...clusters]),
  ])
  const known = new Map(statuses.map((status) => [status.id, status.config]))
  return (id) => ({
    failing: failing.get(id) ?? [],
    missing: known.get(id)?.depends_on.filter((other) => missing.has(other)) ?? [],
    expiredAt: expired.get(known.get(id)?.destination.cluster ?? '') ?? null,
  })
}

async function missingOf({ log }: Place, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = ids.length === 0 ? [] : await readRows<WorkflowRow>(log, statusModel, ids.map(workflowStream))
  const there = new Set(rows.filter(({ body }) => body.workflow.config !== null).map(({ key }) => key))
  return new Set(ids.filter((id) => !there.has(workflowStream(id))))
}

async function expiredOf(place: Place, ids: readonly string[]): Promise<ReadonlyMap<string, Date>> {
  const now = Date.now()
  const registered = ids.filter((id) => id !== defaultCluster)
  if (registered.length === 0) return new Map()
  const rows = await readRows<ClusterRow>(place.log, statusModel, registered.map(clusterStream))
  const ends = await Promise.all(
    rows.map(async ({ body }) => ({ id: body.config?.id ?? '', at: await credentialsExpireAt(place, body) })),
  )
  return new Map(ends.flatMap(({ id, at }) => (at !== null && at.getTime() <= now ? [[id, at]] : [])))
}

/** Fingerprints of credentials that could not be opened, and of which that was logged. */
const unopened = new Set<string>()

/**
 * When the credentials of a registered cluster expire; null of those that do not tell or cannot be opened, and of what is not
 * registered.
 */
export async function credentialsExpireAt(
  { log, logger, installationKey }: Place,
  { config }: Pick<ClusterRow, 'config'>,
): Promise<Date | null> {
  if (config === null) return null
  try {
    const credential = await clusterCredentials(log, installationKey).get(config.id, config.fingerprint)
    return credential === undefined ? null : credentialExpiry(credential)
  } catch (error) {
    if (isConnectionLost(error)) throw error
    if (!unopened.has(config.fingerprint))
      logger.error({ err: error, cluster: config.id }, 'the credentials of a cluster cannot be opened')
    unopened.add(config.fingerprint)
    return null
  }
}
