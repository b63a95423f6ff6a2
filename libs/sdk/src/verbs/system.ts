import { GetSystemStatusResponseSchema } from '@plimsoll/proto'
import { plainOf } from '../plain.ts'
import { rpcOptions, shortMs, type Session } from '../session.ts'
import type { CallOptions } from '../shapes/options.ts'
import type { SystemStatus } from '../shapes/system-status.ts'

export type SystemVerbs = {
  /** The installation itself, and who asks. */
  readonly getSystemStatus: (options?: CallOptions) => Promise<SystemStatus>
}

export function systemVerbs({ connection }: Session): SystemVerbs {
  return {
    async getSystemStatus(options = {}) {
      const answer = await connection.system.getSystemStatus({}, rpcOptions(options, shortMs))
      return plainOf(GetSystemStatusResponseSchema, answer)
    },
  }
}
