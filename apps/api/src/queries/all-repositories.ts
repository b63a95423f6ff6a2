import { repositoryDecider, repositoryStream, type RepositoryConfig } from '@plimsoll/domain'
import { foldStream, type EventLog } from '@plimsoll/event-log'
import { streamIds } from './streams.ts'

const pageSize = 500

export async function allRepositories(log: EventLog): Promise<RepositoryConfig[]> {
  const found: RepositoryConfig[] = []
  for (let after: string | undefined = ''; after !== undefined;) {
    const ids = await streamIds(log, 'repository', { after, limit: pageSize })
    for (const id of ids) {
      const { config } = (await foldStream(log, repositoryStream(id), repositoryDecider)).state
      if (config !== null) found.push(config)
    }
    after = ids.length < pageSize ? undefined : ids.at(-1)
  }
  return found
}
