import { freshDatabase } from '@plimsoll/harness'
import { type EventLog, type EventLogOptions, migrate, openEventLog } from '../src/index.ts'

/** A migrated log in a database of its own. */
export async function freshLog(options: Omit<EventLogOptions, 'url'> = {}): Promise<EventLog> {
  const database = await freshDatabase()
  const log = openEventLog({ ...options, url: database.url })
  await migrate(log)
  return {
    ...log,
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}
