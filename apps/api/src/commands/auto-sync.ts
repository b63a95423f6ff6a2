import {
  startAutoSync as decideStart,
  stopAutoSync as decideStop,
  systemDecider,
  systemStream,
  type System,
  type SystemEvent,
} from '@plimsoll/domain'
import { transact } from '@plimsoll/event-log'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { formatToken } from '../wait/token.ts'

type Request = { readonly commandId?: string | undefined; readonly reason?: string | undefined }

export const startAutoSync = (dependencies: Dependencies) => record(dependencies, decideStart)
export const stopAutoSync = (dependencies: Dependencies) => record(dependencies, decideStop)

function record(dependencies: Dependencies, decide: (system: System) => SystemEvent[]) {
  return async (request: Request, call: Call) => {
    const { version, events } = await transact(
      dependencies.log,
      { stream: systemStream, cause: causeOf(call, request), decider: systemDecider },
      decide,
    )
    return { changed: events.length > 0, token: formatToken(systemStream, version) }
  }
}
