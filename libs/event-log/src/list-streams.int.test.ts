import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import { append } from './append.ts'
import { listStreams } from './list-streams.ts'

test('streams are listed in byte order, page by page, whatever else has a name', async () => {
  await using log = await freshLog()
  for (const stream of [
    'workflow-a',
    'workflow-b',
    'workflow-a-b',
    'workflow-a.b',
    'workflow-9',
    'cluster-a',
    'system',
  ])
    await append(log, {
      stream,
      expectedVersion: 0,
      events: [{ type: 'A', schemaVersion: 1, data: {} }],
      cause: { commandId: randomUUID(), actor: 'test' },
    })
  const all = ['workflow-9', 'workflow-a', 'workflow-a-b', 'workflow-a.b', 'workflow-b']
  expect(await listStreams(log, { prefix: 'workflow-', limit: 100 })).toEqual(all)
  const pages: string[][] = []
  for (let after: string | undefined = ''; after !== undefined; after = pages.at(-1)?.at(-1))
    pages.push(await listStreams(log, { prefix: 'workflow-', after, limit: 2 }))
  expect(pages).toEqual([all.slice(0, 2), all.slice(2, 4), all.slice(4), []])
})
