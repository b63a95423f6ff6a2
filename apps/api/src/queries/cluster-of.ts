import {
  clusterDecider,
  clusterStream,
  defaultCluster,
  isId,
  type Cluster,
  type ClusterConfig,
  type Problem,
} from '@plimsoll/domain'
import { foldStream, type EventLog, type Session } from '@plimsoll/event-log'
import type { Dependencies } from '../dependencies.ts'
import { invalid, notFound, type RefusalError } from '../refusal-error.ts'
import { knownIds } from './known-ids.ts'

/** A registered cluster as its stream has it now. @throws RefusalError when there is none of that id */
export async function clusterOf(
  { log }: Pick<Dependencies, 'log'>,
  id: string,
): Promise<{ readonly config: ClusterConfig; readonly state: Cluster; readonly version: number }> {
  const found = await standingCluster(log, id)
  if (found.state.config === null) throw await noCluster(log, id)
  return { config: found.state.config, ...found }
}

export async function standingCluster(
  log: Session,
  id: string,
): Promise<{ readonly state: Cluster; readonly version: number }> {
  return isId(id) ? foldStream(log, clusterStream(id), clusterDecider) : { state: clusterDecider.initial, version: 0 }
}

/** What a workflow may name. The version of the cluster's stream, which must not have moved when the workflow is recorded. */
export async function destinationOf(
  { log }: Pick<Dependencies, 'log'>,
  id: string,
): Promise<{ readonly stream: string; readonly version: number } | undefined> {
  if (id === defaultCluster) return undefined
  const { state, version } = await standingCluster(log, id)
  if (state.config === null) throw invalid([await unknownDestination(log, id)])
  return { stream: clusterStream(id), version }
}

async function unknownDestination(log: EventLog, id: string): Promise<Problem> {
  const known = [defaultCluster, ...(await knownIds(log, 'cluster'))]
  return {
    field: 'destination.cluster',
    message: `${JSON.stringify(id)} is no cluster that is registered: there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}; register it with \`plimsoll cluster add\``,
  }
}

export async function noCluster(log: EventLog, id: string): Promise<RefusalError> {
  const known = [defaultCluster, ...(await knownIds(log, 'cluster'))]
  return notFound(
    `There is no cluster ${JSON.stringify(id.slice(0, 100))}`,
    `there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}`,
    'Register it with `plimsoll cluster add`, or name one of these.',
  )
}
