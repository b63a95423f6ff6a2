import { randomUUID } from 'node:crypto'
import { testEnvironment } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { onLive, openJetStream, showLive } from './index.ts'

const open = (prefix: string) => openJetStream({ url: testEnvironment('PLIMSOLL_TEST_NATS'), name: 'test', prefix })

test('what is shown of one thing reaches who looks at it now, in order, and nobody else', async () => {
  const prefix = `t${randomUUID().slice(0, 8)}`
  await using shower = await open(prefix)
  await using looker = await open(prefix)
  showLive(shower, 'hook-output', 'shop', 'too early')
  await shower.connection.flush()
  const end = new AbortController()
  const shown = onLive(looker, 'hook-output', 'shop', end.signal)
  await looker.connection.flush()
  showLive(shower, 'hook-output', 'other', 'of another')
  for (const text of ['one', 'two']) showLive(shower, 'hook-output', 'shop', text)
  const seen: string[] = []
  for await (const text of shown) if (seen.push(text) === 2) break
  expect(seen).toEqual(['one', 'two'])
})

test('looking ends when told, and showing without a connection is no error', async () => {
  const prefix = `t${randomUUID().slice(0, 8)}`
  const js = await open(prefix)
  const end = new AbortController()
  const first = onLive(js, 'hook-output', 'shop', end.signal)[Symbol.asyncIterator]().next()
  end.abort()
  expect(await first).toMatchObject({ done: true })
  expect(await onLive(js, 'hook-output', 'shop', end.signal)[Symbol.asyncIterator]().next()).toMatchObject({
    done: true,
  })
  await js[Symbol.asyncDispose]()
  showLive(js, 'hook-output', 'shop', 'nobody hears it')
})
