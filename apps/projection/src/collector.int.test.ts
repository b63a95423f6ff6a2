import { migrate, openEventLog, putBlob } from '@plimsoll/event-log'
import { freshDatabase, until } from '@plimsoll/harness'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { runCollector } from './collector.ts'

test('a body that nothing refers to goes after an hour, and only where this replica leads', async () => {
  await using database = await freshDatabase()
  await using log = openEventLog({ url: database.url })
  await migrate(log)
  const [old, young] = [await putBlob(log, Buffer.from('old')), await putBlob(log, Buffer.from('young'))]
  await sql`update blob set touched_at = now() - interval '2 hours' where digest = ${old}`.execute(log.db)
  const stored = async () => (await log.db.selectFrom('blob').select('digest').execute()).map(({ digest }) => digest)

  let turns = 0
  let leading = false
  const leads = (): boolean => {
    turns += 1
    return leading
  }
  const controller = new AbortController()
  const { signal } = controller
  const running = runCollector({ log, leads, signal, report: () => {}, everyMs: 5 })
  await until(() => turns > 3, { what: 'the collector turns' })
  expect(await stored()).toHaveLength(2)
  leading = true
  await until(async () => (await stored()).length === 1, { what: 'the old body goes' })
  expect(await stored()).toEqual([young])
  controller.abort()
  await running
})
