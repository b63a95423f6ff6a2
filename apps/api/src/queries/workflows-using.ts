import { workflowDecider, workflowStream, type Workflow } from '@plimsoll/domain'
import { foldStream, pickFromRows, type Picked, type Session } from '@plimsoll/event-log'
import { statusModel } from './status-model.ts'

const most = 1_000
const prefix = workflowStream('')
const paths = {
  cluster: ['workflow', 'config', 'destination', 'cluster'],
  leaving: ['workflow', 'leaving', 'config', 'destination', 'cluster'],
  repository: ['workflow', 'config', 'repository'],
}

type Uses = Readonly<Record<keyof typeof paths, unknown>>

/** Ids of workflows by what they use, a thousand at most; one question for all of them. */
export type Users = {
  /** Also those that were deleted and still let their objects go there. */
  readonly ofCluster: (id: string) => readonly string[]
  readonly ofRepository: (id: string) => readonly string[]
}

export async function workflowsByUse(log: Session): Promise<Users> {
  const rows = await pickFromRows(log, statusModel, { prefix, paths })
  const ids = (found: readonly (typeof rows)[number][] = []) =>
    found.slice(0, most).map(({ stream }) => stream.slice(prefix.length))
  const clusters = Map.groupBy(rows, ({ picked }) => picked.cluster ?? picked.leaving)
  const repositories = Map.groupBy(rows, ({ picked }) => picked.repository)
  return { ofCluster: (id) => ids(clusters.get(id)), ofRepository: (id) => ids(repositories.get(id)) }
}

/** The workflows in a cluster by what the streams hold at this moment: exact while the cluster's stream is locked, as to name it takes a lock on that. */
export function workflowsInNow(tx: Session, cluster: string): Promise<readonly string[]> {
  return usersNow(tx, (uses) => uses.cluster === cluster || uses.leaving === cluster)
}

/** Ids of the workflows that are bound to a repository, exact while its stream is locked. */
export function workflowsUsingNow(tx: Session, repository: string): Promise<readonly string[]> {
  return usersNow(tx, (uses) => uses.repository === repository)
}

async function usersNow(tx: Session, isUser: (uses: Uses) => boolean): Promise<readonly string[]> {
  const users: string[] = []
  for (const row of await pickFromRows(tx, statusModel, { prefix, paths }))
    if (isUser(await usesOf(tx, row))) users.push(row.stream.slice(prefix.length))
  return users.slice(0, most)
}

/** Of a stream that the read model has not caught up with, its own events tell. */
async function usesOf(tx: Session, { stream, isBehind, picked }: Picked<keyof typeof paths>): Promise<Uses> {
  if (!isBehind) return picked
  const { config, leaving }: Workflow = (await foldStream(tx, stream, workflowDecider)).state
  return {
    cluster: config?.destination.cluster,
    leaving: leaving?.config.destination.cluster,
    repository: config?.repository,
  }
}
