import { randomBytes } from 'node:crypto'
import {
  repositoryDecider,
  repositoryStream,
  workflowDecider,
  workflowStream,
  type Repository,
  type RepositoryEvent,
  type Workflow,
  type WorkflowEvent,
  type WorkflowRequest,
} from '@plimsoll/domain'
import { foldStream, readStream } from '@plimsoll/event-log'
import { freshNamespace, until, type FileContent, type GitHttpServer, type GitRepository } from '@plimsoll/harness'
import type { Installation } from './installation.ts'
import { operatorOf, type GitCredentials } from './operator.ts'

type Files = Readonly<Record<string, FileContent>>
type EventOf<Type extends WorkflowEvent['type']> = Extract<WorkflowEvent, { readonly type: Type }>
/** How the work for one revision came to its end. */
type End = EventOf<'SyncSucceeded' | 'SyncFailed' | 'PlanFailed'>

/** A repository on a real Git server, a namespace, and the workflow that binds them; all of one name. */
export type Project = {
  readonly id: string
  readonly namespace: string
  readonly repository: GitRepository
  /** The commit that was there from the start. */
  readonly first: string
  /** Pushes a commit and returns its id. */
  readonly push: (files: Files) => Promise<string>
  readonly workflow: () => Promise<Workflow>
  readonly events: () => Promise<readonly WorkflowEvent[]>
  readonly source: () => Promise<Repository>
  readonly sourceEvents: () => Promise<readonly RepositoryEvent[]>
  /** Waits for the first event of a type that matches. */
  readonly untilEvent: <Type extends WorkflowEvent['type']>(
    type: Type,
    matches?: (data: EventOf<Type>['data']) => boolean,
  ) => Promise<EventOf<Type>['data']>
  /** Waits until a revision is synced, or until it is clear that it will not be. */
  readonly untilEnd: (revision: string) => Promise<End>
  /** The same, and throws unless the sync succeeded. */
  readonly untilSynced: (revision: string) => Promise<EventOf<'SyncSucceeded'>['data']>
}

export type ProjectOptions = Omit<WorkflowRequest, 'id' | 'repository'> & {
  readonly git: GitHttpServer
  readonly files: Files
  readonly credentials?: GitCredentials
  readonly ageKeys?: readonly string[]
  readonly branch?: string
}

/** How long a test waits for what services do: enough on a busy machine. */
export const patienceMs = 150_000

/** Pushes the first commit, registers the repository and creates the workflow; auto-sync unless it says otherwise. */
export async function openProject(installation: Installation, options: ProjectOptions): Promise<Project> {
  const { git, files, credentials, branch, ageKeys, ...request } = options
  const id = `p${randomBytes(5).toString('hex')}`
  const [repository, namespace] = await Promise.all([git.createRepository(id), freshNamespace()])
  const first = await repository.commit(files, 'first')
  const operator = operatorOf(installation)
  await operator.registerRepository(
    { id, url: git.url(id), poll_interval: '1s', ...(branch !== undefined && { branch }) },
    credentials,
  )
  const workflow = { id, repository: id, auto_sync: true, ...request }
  await operator.createWorkflow({ ...workflow, destination: { namespace, ...request.destination } }, ageKeys)
  return watchProject(installation, { id, namespace, repository, first })
}

/** Looks at a workflow, and at the repository that it was created with. */
export function watchProject(
  { log }: Installation,
  { id, namespace, repository, first }: Pick<Project, 'id' | 'namespace' | 'repository' | 'first'>,
): Project {
  const events = async () => (await readStream(log, workflowStream(id))).map(workflowDecider.decode)
  const untilEvent: Project['untilEvent'] = (type, matches = () => true) =>
    until(
      async () => {
        const all = await events()
        const found = all.find((event) => event.type === type && matches(event.data as never))
        if (found === undefined) throw new Error(all.map(describe).join('\n'))
        return found.data as never
      },
      { what: `${id} records ${type}`, timeoutMs: patienceMs },
    )
  const untilEnd = (revision: string) =>
    until(
      async () => {
        const all = await events()
        const end = all.filter(isEnd).findLast(({ data }) => data.revision === revision)
        if (end === undefined) throw new Error(all.map(describe).join('\n'))
        return end
      },
      { what: `the work of ${id} for ${revision} ends`, timeoutMs: patienceMs },
    )
  return {
    id,
    namespace,
    repository,
    first,
    push: (files) => repository.commit(files, 'next'),
    workflow: async () => (await foldStream(log, workflowStream(id), workflowDecider)).state,
    events,
    source: async () => (await foldStream(log, repositoryStream(id), repositoryDecider)).state,
    sourceEvents: async () => (await readStream(log, repositoryStream(id))).map(repositoryDecider.decode),
    untilEvent,
    untilEnd,
    untilSynced: async (revision) => {
      const end = await untilEnd(revision)
      if (end.type === 'SyncSucceeded') return end.data
      throw new Error(`${end.type}: ${end.data.message}`)
    },
  }
}

function isEnd(event: WorkflowEvent): event is End {
  return event.type === 'SyncSucceeded' || event.type === 'SyncFailed' || event.type === 'PlanFailed'
}

function describe({ type, data }: WorkflowEvent): string {
  return `${type} ${JSON.stringify(data).slice(0, 200)}`
}
