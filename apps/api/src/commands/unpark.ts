import {
  boundText,
  clusterDecider,
  clusterStream,
  isId,
  repositoryDecider,
  repositoryStream,
  workflowDecider,
  workflowStream,
  type ClusterEvent,
  type RepositoryEvent,
  type Unparked,
  type WorkflowEvent,
} from '@plimsoll/domain'
import { inTransaction, transact, unpark as unparkWork, workOf, type Cause, type Session } from '@plimsoll/event-log'
import type { UnparkRequest } from '@plimsoll/proto'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { repositoryOf } from '../queries/repository-of.ts'
import { workflowOf } from '../queries/workflow-of.ts'
import { invalid, notFound } from '../refusal-error.ts'
import { formatToken } from '../wait/token.ts'

/** Work of the engine that may have been set aside: of which roles, on which stream, and how it is recorded that it goes on. */
type Target = {
  readonly stream: string
  readonly roles: readonly string[]
  readonly record: (log: Session, cause: Cause, data: Unparked) => Promise<{ readonly version: number }>
}

/** Lets work be tried again that failed so often that it was set aside, and records who said so. */
export function unpark(dependencies: Dependencies) {
  return async (request: UnparkRequest, call: Call) => {
    const target = await targetOf(dependencies, request)
    const cause = causeOf(call, request)
    const { roles, version } = await inTransaction(dependencies.log, async (tx) => {
      const parked: string[] = []
      for (const role of target.roles)
        if ((await workOf(tx, role, target.stream))?.parked && (await unparkWork(tx, role, target.stream)))
          parked.push(role)
      const data = { roles: parked, by: call.actor, reason: boundText(request.reason ?? '') }
      const recorded = await target.record(tx, cause, data)
      return { roles: parked, version: recorded.version }
    })
    return { changed: roles.length > 0, roles, token: formatToken(target.stream, version) }
  }
}

async function targetOf(dependencies: Dependencies, { of }: UnparkRequest): Promise<Target> {
  switch (of.case) {
    case 'workflowId': {
      const { config } = await workflowOf(dependencies, of.value)
      return ofWorkflow(config.id)
    }
    case 'repository': {
      const { config } = await repositoryOf(dependencies, of.value)
      return ofRepository(config.id)
    }
    case 'cluster': {
      if (isId(of.value)) {
        const target = ofCluster(of.value)
        for (const role of target.roles) if (await workOf(dependencies.log, role, target.stream)) return target
      }
      throw notFound(
        `There is no cluster ${JSON.stringify(of.value.slice(0, 100))}`,
        'nothing watches one of that id',
        'Look at `plimsoll doctor`, which names the clusters.',
      )
    }
    case undefined:
      throw invalid([{ field: 'of', message: 'names a workflow, a repository or a cluster' }])
  }
}

function ofWorkflow(id: string): Target {
  const stream = workflowStream(id)
  const record: Target['record'] = (log, cause, data) =>
    transact(log, { stream, cause, decider: workflowDecider }, () =>
      events<WorkflowEvent>({ type: 'WorkflowUnparked', data }),
    )
  return { stream, roles: ['plan', 'write', 'drift'], record }
}

function ofRepository(id: string): Target {
  const stream = repositoryStream(id)
  const record: Target['record'] = (log, cause, data) =>
    transact(log, { stream, cause, decider: repositoryDecider }, () =>
      events<RepositoryEvent>({ type: 'RepositoryUnparked', data }),
    )
  return { stream, roles: ['repository'], record }
}

function ofCluster(id: string): Target {
  const stream = clusterStream(id)
  const record: Target['record'] = (log, cause, data) =>
    transact(log, { stream, cause, decider: clusterDecider }, () =>
      events<ClusterEvent>({ type: 'ClusterUnparked', data }),
    )
  // That it is back is taken up under the role that plans.
  return { stream, roles: ['cluster', 'plan'], record }
}

/** Nothing is recorded where nothing was set aside. */
function events<Event>(event: Event & { readonly data: Unparked }): readonly Event[] {
  return event.data.roles.length === 0 ? [] : [event]
}
