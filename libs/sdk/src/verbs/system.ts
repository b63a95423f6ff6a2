import { GetSystemStatusResponseSchema, type UnparkRequest } from '@plimsoll/proto'
import { plainOf } from '../plain.ts'
import { rpcOptions, shortMs, whyOf, type Session } from '../session.ts'
import type { CallOptions, CommandOptions } from '../shapes/options.ts'
import type { SystemStatus } from '../shapes/system-status.ts'

/** Whose work was set aside: the plans and writes of a workflow, the reading of a repository, the watch of a cluster. */
export type Parked =
  | { readonly workflow_id: string; readonly repository?: never; readonly cluster?: never }
  | { readonly repository: string; readonly workflow_id?: never; readonly cluster?: never }
  | { readonly cluster: string; readonly workflow_id?: never; readonly repository?: never }

export type SystemVerbs = {
  /** The installation itself, and who asks. */
  readonly getSystemStatus: (options?: CallOptions) => Promise<SystemStatus>
  /**
   * Lets work that was set aside after many failures be tried again. Answers the roles of the engine whose work is due again
   * (`plan`, `write`, `repository`, `cluster`); none when nothing was set aside. @throws NotFoundError
   */
  readonly unpark: (of: Parked, options?: CommandOptions) => Promise<readonly string[]>
}

export function systemVerbs({ connection, remember }: Session): SystemVerbs {
  return {
    async getSystemStatus(options = {}) {
      const answer = await connection.system.getSystemStatus({}, rpcOptions(options, shortMs))
      return plainOf(GetSystemStatusResponseSchema, answer)
    },
    async unpark(parked, options = {}) {
      const request = { of: ofParked(parked), ...whyOf(options) }
      const { roles, token } = await connection.gitops.unpark(request, rpcOptions(options, shortMs))
      remember(token)
      return roles
    },
  }
}

function ofParked({ workflow_id: workflow, repository, cluster }: Parked): UnparkRequest['of'] {
  if (workflow !== undefined) return { case: 'workflowId', value: workflow }
  return repository !== undefined
    ? { case: 'repository', value: repository }
    : { case: 'cluster', value: cluster ?? '' }
}
