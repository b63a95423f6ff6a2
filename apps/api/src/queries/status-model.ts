import { clusterStream, repositoryStream, systemStream, workflowStream } from '@plimsoll/domain'
import type { ClusterRow, RepositoryRow, StreamKind, System, WorkflowRow } from '@plimsoll/domain'
import { listRows, readRow, type EventLog, type ProjectionRow } from '@plimsoll/event-log'

/** The read model that the projection keeps: one row for each stream, its key the stream's name. */
export const statusModel = 'status'

type Session = Pick<EventLog, 'db'>

/** What a row holds, by the kind of its stream. A row stays when what it shows is deleted. */
export type Bodies = {
  readonly workflow: WorkflowRow
  readonly repository: RepositoryRow
  readonly cluster: ClusterRow
  readonly system: System
}

const streams: Readonly<Record<StreamKind, (id: string) => string>> = {
  workflow: workflowStream,
  repository: repositoryStream,
  cluster: clusterStream,
  system: () => systemStream,
}

export type Shown<Kind extends StreamKind> = {
  readonly id: string
  readonly body: Bodies[Kind]
  /** The stream's version that the row shows. */
  readonly version: number
}

export async function shown<Kind extends StreamKind>(
  log: Session,
  kind: Kind,
  id: string,
): Promise<Shown<Kind> | undefined> {
  const row = await readRow<Bodies[Kind]>(log, statusModel, streams[kind](id))
  return row && toShown<Kind>(row, streams[kind](''))
}

/** Rows of a kind in the order of their ids, those after an id first. `filter`: what their bodies must contain. */
export async function allShown<Kind extends StreamKind>(
  log: Session,
  kind: Kind,
  page: {
    readonly after: string
    readonly limit: number
    readonly filter?: NonNullable<Parameters<typeof listRows>[2]['filter']>
  },
): Promise<Shown<Kind>[]> {
  const prefix = streams[kind]('')
  const { after, ...more } = page
  const rows = await listRows<Bodies[Kind]>(log, statusModel, { ...more, prefix, after: prefix + after })
  return rows.map((row) => toShown<Kind>(row, prefix))
}

function toShown<Kind extends StreamKind>(row: ProjectionRow<Bodies[Kind]>, prefix: string): Shown<Kind> {
  return { id: row.key.slice(prefix.length), body: row.body, version: row.version }
}
