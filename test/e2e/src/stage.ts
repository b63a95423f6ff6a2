import { cluster, gitHttpServer, type Cluster, type GitHttpServer } from '@plimsoll/harness'
import { openInstallation, type Installation } from './installation.ts'
import { operatorOf, type Operator } from './operator.ts'
import { startInProcess } from './start-in-process.ts'

/** What most tests need: an installation whose services run in this process with auto-sync on, a Git server, the cluster. */
export type Stage = AsyncDisposable & {
  readonly installation: Installation
  readonly operator: Operator
  readonly git: GitHttpServer
  /** The cluster, seen without the product's own client. */
  readonly cluster: Cluster
}

export async function openStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const installation = stack.use(await openInstallation())
  const operator = operatorOf(installation)
  await operator.startAutoSync()
  stack.use(await startInProcess(installation))
  const git = stack.use(await gitHttpServer())
  const view = stack.use(cluster())
  const opened = stack.move()
  return { installation, operator, git, cluster: view, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
