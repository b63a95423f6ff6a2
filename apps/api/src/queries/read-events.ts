import { repositoryStream, workflowStream } from '@plimsoll/domain'
import { head, readLog } from '@plimsoll/event-log'
import type { ReadEventsRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toEvent } from '../messages/event-message.ts'
import { invalid } from '../refusal-error.ts'

const pageSize = 500
const bookmarkMs = 5_000
/** Where hints may be lost the log is looked at this often. */
const lookMs = 1_000

/** The log from a position on, and with `follow` what comes. */
export function readEvents({ log, changes }: Dependencies) {
  return async function* (request: ReadEventsRequest, { signal }: Call) {
    const stream = streamOf(request.filter)
    using listener = changes.listen(stream)
    let after = Math.max(Number(request.fromPosition) - 1, 0)
    let left = request.limit || Number.POSITIVE_INFINITY
    let toldAt = performance.now()
    for (;;) {
      // Read before the page: what the page leaves out up to here is not wanted.
      const { position } = await head(log)
      const events = await readLog(log, { after, limit: Math.min(pageSize, left), stream })
      for (const event of events) {
        yield { item: { case: 'event' as const, value: toEvent(event) } }
        toldAt = performance.now()
      }
      left -= events.length
      after = events.at(-1)?.position ?? Math.max(after, position)
      if (left === 0) return
      if (events.length > 0) continue
      if (!request.follow || performance.now() - toldAt >= bookmarkMs) {
        yield { item: { case: 'bookmark' as const, value: { position: BigInt(after) } } }
        toldAt = performance.now()
      }
      if (!request.follow) return
      await listener.next(lookMs, signal)
    }
  }
}

/** @throws RefusalError when it can be the name of no stream */
function streamOf(filter: ReadEventsRequest['filter']): string | undefined {
  const stream = nameOf(filter)
  if (stream !== undefined && !/^[a-z][a-z0-9.-]{0,99}$/.test(stream))
    throw invalid([{ field: 'filter', message: `${JSON.stringify(stream.slice(0, 200))} is no name of a stream` }])
  return stream
}

function nameOf({ case: kind, value }: ReadEventsRequest['filter']): string | undefined {
  switch (kind) {
    case 'workflowId':
      return workflowStream(value)
    case 'repositoryId':
      return repositoryStream(value)
    case 'stream':
      return value
    case undefined:
      return undefined
  }
}
