import { workflowConfig } from '@plimsoll/domain'
import { append, migrate, openEventLog, putBlob, readStream } from '@plimsoll/event-log'
import { freshDatabase, until } from '@plimsoll/harness'
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { runRetention } from './retention.ts'

test('old previews of every workflow go where this replica leads, and an idle log stays as it is', async () => {
  await using database = await freshDatabase()
  await using log = openEventLog({ url: database.url })
  await migrate(log)
  const config = workflowConfig({ id: 'shop', repository: 'shop' })
  if (!config.ok) throw new Error('the example is wrong')
  const rendered = async (version: number) => {
    const manifest_set = await putBlob(log, Buffer.from(`rendered at ${version}`))
    const data = { revision: `r${version}`, tree: 't', paths: ['.'], manifest_set, objects: `o${version}` }
    const cause = { commandId: randomUUID(), actor: 'test' }
    const events = [{ type: 'RevisionRendered', schemaVersion: 1, data, blobs: [manifest_set] }]
    await append(log, { stream: 'workflow-shop', expectedVersion: version, events, cause })
  }
  await append(log, {
    stream: 'workflow-shop',
    expectedVersion: 0,
    events: [{ type: 'WorkflowCreated', schemaVersion: 3, data: config.value }],
    cause: { commandId: randomUUID(), actor: 'test' },
  })
  for (const version of [1, 2, 3]) await rendered(version)
  // Of a release that this one does not know, and before the other in any order.
  await append(log, {
    stream: 'workflow-newer',
    expectedVersion: 0,
    events: [{ type: 'FromTheFuture', schemaVersion: 1, data: {} }],
    cause: { commandId: randomUUID(), actor: 'test' },
  })
  const types = async () => (await readStream(log, 'workflow-shop')).slice(4).map(({ type }) => type)

  let turns = 0
  let leading = false
  const leads = () => {
    turns += 1
    return leading
  }
  const controller = new AbortController()
  const { signal } = controller
  const errors: unknown[] = []
  const report = (error: unknown) => void (error !== null && errors.push(error))
  const running = runRetention({ log, leads, signal, report, policy: { ageMs: 1, count: 1 }, everyMs: 5 })
  await until(() => turns > 3, { what: 'it turns' })
  expect(await types()).toEqual([])
  leading = true
  await until(async () => (await types()).length > 0, { what: 'what is old goes' })
  const before = turns
  await until(() => turns > before + 10, { what: 'it turns ten times more' })
  expect(await types()).toEqual(['HistoryTrimmed'])
  // It is told, each time, and only that.
  expect(errors.length).toBeGreaterThan(0)
  for (const error of errors) expect(String(error)).toContain('FromTheFuture')
  controller.abort()
  await running
})
