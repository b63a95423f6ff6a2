import type { Connection } from './connection/connection.ts'
import { openSession } from './session.ts'
import { clusterVerbs, type ClusterVerbs } from './verbs/clusters.ts'
import { diffVerbs, type DiffVerbs } from './verbs/diffs.ts'
import { hookVerbs, type HookVerbs } from './verbs/hooks.ts'
import { progressVerbs, type ProgressVerbs } from './verbs/progress.ts'
import { quickSetupVerbs, type QuickSetupVerbs } from './verbs/quick-setup.ts'
import { repositoryVerbs, type RepositoryVerbs } from './verbs/repositories.ts'
import { rollbackVerbs, type RollbackVerbs } from './verbs/rollbacks.ts'
import { syncVerbs, type SyncVerbs } from './verbs/syncs.ts'
import { systemVerbs, type SystemVerbs } from './verbs/system.ts'
import { watchVerbs, type WatchVerbs } from './verbs/watches.ts'
import { workflowVerbs, type WorkflowVerbs } from './verbs/workflows.ts'

/** A client of one Plimsoll. Every verb throws a PlimsollError, or the reason of the signal that it was given. */
export type Plimsoll = AsyncDisposable &
  QuickSetupVerbs &
  RepositoryVerbs &
  ClusterVerbs &
  WorkflowVerbs &
  DiffVerbs &
  SyncVerbs &
  RollbackVerbs &
  WatchVerbs &
  HookVerbs &
  ProgressVerbs &
  SystemVerbs & {
    /** The generated clients, for what needs messages. */
    readonly connection: Connection
  }

/** The verbs over a connection, which they own from now on. */
export function plimsollOver(connection: Connection): Plimsoll {
  const session = openSession(connection)
  return {
    connection,
    ...quickSetupVerbs(session),
    ...repositoryVerbs(session),
    ...clusterVerbs(session),
    ...workflowVerbs(session),
    ...diffVerbs(session),
    ...syncVerbs(session),
    ...rollbackVerbs(session),
    ...watchVerbs(session),
    ...hookVerbs(session),
    ...progressVerbs(session),
    ...systemVerbs(session),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}
