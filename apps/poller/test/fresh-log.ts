import { migrate, openEventLog } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { freshDatabase } from '@plimsoll/harness'

/** A migrated log in a database of its own. */
export async function freshLog(): Promise<EventLog> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  const log = stack.use(openEventLog({ url: database.url }))
  await migrate(log)
  const opened = stack.move()
  return { ...log, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
