import { clusterStream, repositoryStream, workflowStream } from '@plimsoll/domain'
import type { EventLog } from '@plimsoll/event-log'

/** Work that failed, and is tried again or set aside. */
export type FailingWork = {
  readonly role: string
  /** Of the workflow, of its repository or of its cluster. */
  readonly stream: string
  readonly error: string | null
  readonly parked: string | null
  readonly nextAt: Date | null
}

type Place = {
  readonly id: string
  readonly repository: string
  readonly config: { readonly destination: { readonly cluster: string } }
}

const roles = ['repository', 'plan', 'write', 'drift', 'cluster']

/** What fails of the work that the workflows' progress hangs on, by the workflow's id. One question for all of them. */
export async function failingWork(
  { db }: Pick<EventLog, 'db'>,
  workflows: readonly Place[],
): Promise<ReadonlyMap<string, readonly FailingWork[]>> {
  if (workflows.length === 0) return new Map()
  const streams = workflows.flatMap((workflow) => streamsOf(workflow))
  const rows = await db
    .selectFrom('work')
    .select(['role', 'stream', 'error', 'parked', 'next_at as nextAt'])
    .where('role', 'in', roles)
    .where('stream', 'in', [...new Set(streams)])
    // That a cluster is away says what waits for it; that nobody watches it any more does not.
    .where((eb) =>
      eb.or([eb.and([eb('error', 'is not', null), eb('role', '!=', 'cluster')]), eb('parked', 'is not', null)]),
    )
    .execute()
  return new Map(
    workflows.map((workflow) => [workflow.id, rows.filter(({ stream }) => streamsOf(workflow).includes(stream))]),
  )
}

function streamsOf({ id, repository, config }: Place): readonly string[] {
  return [repositoryStream(repository), workflowStream(id), clusterStream(config.destination.cluster)]
}
