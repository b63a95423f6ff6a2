import { join } from 'node:path'
import { createGitRepository, keptPort } from '@plimsoll/embedded'
import type { GitRepository } from '@plimsoll/embedded'
import type { WatchWorkflowResponse } from '@plimsoll/proto'
import { connect } from '../client.ts'
import type { Io } from '../io.ts'
import { startGitServer } from './git-server.ts'
import { shopFiles } from './shop.ts'

export type DemoOptions = {
  readonly io: Io
  /** The state folder of a Plimsoll that is up. */
  readonly folder: string
  /** Runs a command of the command line client; answers its exit code. */
  readonly plimsoll: (...words: readonly string[]) => Promise<number>
  readonly signal: AbortSignal
}

const id = 'web-shop'
const patienceMs = 120_000

/** Shows the way of two commits into the cluster, by the commands that a user would type. Throws when a step fails. */
export async function runDemo({ io, folder, plimsoll, signal }: DemoOptions): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const say = (text: string) => io.out(`\n# ${text}\n`)
  const show = async (words: readonly string[], expected: readonly number[] = [0]) => {
    io.out(`$ plimsoll ${words.join(' ')}\n`)
    const code = await plimsoll(...words)
    if (!expected.includes(code)) throw new Error(`plimsoll ${words.join(' ')} ended with exit code ${code}`)
  }
  const root = join(folder, 'demo')
  const repository = await createGitRepository(join(root, `${id}.git`))
  const server = stack.use(await startGitServer(root, await keptPort(folder, 'demo-git')))

  const connection = stack.use(await connect(io, {}))
  const { position } = await connection.system.getSystemStatus({})

  say('A commit in a Git repository, served over HTTP: a Namespace, a ConfigMap, a Deployment and a Service')
  await show(['auto-sync', 'stop'])
  await release(io, repository)
  await show(['repo', 'add', server.url(id), '--id', id, '--poll-interval', '2s'])
  await show([
    'workflow',
    'create',
    '--id',
    id,
    '--repo',
    id,
    '--path',
    'k8s',
    '--namespace',
    id,
    '--auto-sync',
    '--auto-prune',
  ])

  say('What would change?')
  await show(['diff', id], [0, 1])

  say('Do it')
  await show(['sync', id])
  await show(['status', id])

  say('From now on new commits are applied without asking')
  await show(['auto-sync', 'start'])
  const second = await release(io, repository)
  io.out('… waiting for it to arrive\n')
  await untilSynced(
    connection.gitops.watchWorkflow(
      { workflowId: id },
      { signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) },
    ),
    second,
  )
  await show(['status', id])

  say('What happened, as the log has it')
  await show(['events', '--from', String(position + 1n)])
  return stack.move()
}

/** Commits the next release of the shop. */
async function release(io: Io, repository: GitRepository): Promise<string> {
  const commits = await repository.git('rev-list', '--all', '--count')
  const next = Number(commits) + 1
  const revision = await repository.commit(shopFiles(next), `Release ${next}`)
  io.out(`$ git push                      # ${revision.slice(0, 10)} "Release ${next}"\n`)
  return revision
}

/** Follows the workflow until it is synced at a revision. Throws when that revision fails. */
async function untilSynced(changes: AsyncIterable<WatchWorkflowResponse>, revision: string): Promise<void> {
  for await (const { workflow } of changes) {
    const last = workflow?.lastSyncResult
    if (last?.commitHash === revision && last.status === 'failed')
      throw new Error(`auto-sync of ${revision} failed: ${last.message}`)
    if (workflow?.status === 'synced' && workflow.revision === revision) return
  }
  throw new Error(`the server ended the watch before ${revision} was synced`)
}
