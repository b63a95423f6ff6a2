import type { Repository } from '@plimsoll/proto'
import type { Io } from '../io.ts'
import { instant } from './instant.ts'
import { table, type Pairs } from './table.ts'

const fewUsers = 3

/** A line for each repository; why one cannot be read comes last. */
export function repositoryTable(repositories: readonly Repository[], io: Pick<Io, 'width'>): string {
  const columns = [
    { title: 'ID', value: ({ id }: Repository) => id },
    { title: 'BRANCH', value: ({ branch }: Repository) => branch },
    { title: 'HEAD', value: ({ head }: Repository) => head?.revision.slice(0, 10) ?? '' },
    { title: 'STATE', value: ({ failure, head }: Repository) => failure?.kind ?? (head ? 'ok' : 'not read yet') },
    { title: 'USED BY', value: ({ workflows }: Repository) => usersText(workflows) },
    { title: 'URL', value: ({ url }: Repository) => url },
    ...(repositories.some(({ failure }) => failure !== undefined)
      ? [{ title: 'REASON', value: ({ failure }: Repository) => (failure === undefined ? '' : failureText(failure)) }]
      : []),
  ]
  return table(repositories, columns, io.width)
}

function usersText(workflows: readonly string[]): string {
  return workflows.length > fewUsers ? `${workflows.length} workflows` : workflows.join(', ')
}

export function settingPairs(repository: Repository): Pairs {
  return [
    ['ID', repository.id],
    ['URL', repository.url],
    ['Branch', repository.branch],
    ['Poll interval', repository.pollInterval],
    ['Credentials', repository.credentialsType || 'none'],
    ['Proxy', repository.proxy],
  ]
}

/** What was read last, why no more is, and for whom. */
export function readPairs({ branch, head, failure, workflows }: Repository): Pairs {
  const [subject = ''] = head?.message.split('\n') ?? []
  return [
    ['State', failure?.kind ?? (head ? 'ok' : 'not read yet')],
    ['Reason', failure === undefined ? '' : failureText(failure)],
    ['Last revision', head === undefined ? '' : `${head.revision} of ${branch}`],
    ['Commit', head === undefined ? '' : `${subject} (${head.author}, ${instant(head.committedAt)})`],
    ['Used by', workflows.length === 0 ? 'no workflow' : workflows.join(', ')],
  ]
}

/** `since 2026-11-23T07:00:00.000Z: the host does not answer` */
function failureText({ since, message }: NonNullable<Repository['failure']>): string {
  return since === undefined ? message : `since ${instant(since)}: ${message}`
}
