import { isId, repositoryDecider, repositoryStream, type Repository, type RepositoryConfig } from '@plimsoll/domain'
import { foldStream, type EventLog } from '@plimsoll/event-log'
import type { Dependencies } from '../dependencies.ts'
import { notFound, type RefusalError } from '../refusal-error.ts'
import { knownIds } from './known-ids.ts'

/** A registered repository as its stream has it now. @throws RefusalError when there is none of that id */
export async function repositoryOf(
  { log }: Pick<Dependencies, 'log'>,
  id: string,
): Promise<{ readonly config: RepositoryConfig; readonly state: Repository; readonly version: number }> {
  const { state, version } = isId(id)
    ? await foldStream(log, repositoryStream(id), repositoryDecider)
    : { state: undefined, version: 0 }
  if (state?.config) return { config: state.config, state, version }
  throw await noRepository(log, id)
}

export async function noRepository(log: EventLog, id: string): Promise<RefusalError> {
  const known = await knownIds(log, 'repository')
  return notFound(
    `There is no repository ${JSON.stringify(id.slice(0, 100))}`,
    known.length === 0 ? 'none is registered' : `registered are ${known.join(', ')}`,
    'Register it with `plimsoll repo add URL`, or name one of these.',
  )
}
