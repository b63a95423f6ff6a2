import type { RepositoryConfig } from '@plimsoll/domain'
import type { EventLog } from '@plimsoll/event-log'
import { allShown, type Shown } from './status-model.ts'

const pageSize = 500

export async function allRepositories(log: EventLog): Promise<RepositoryConfig[]> {
  const found: RepositoryConfig[] = []
  for (let after: string | undefined = ''; after !== undefined;) {
    const rows: Shown<'repository'>[] = await allShown(log, 'repository', { after, limit: pageSize })
    for (const { body } of rows) if (body.config !== null) found.push(body.config)
    after = rows.length < pageSize ? undefined : rows.at(-1)?.id
  }
  return found
}
