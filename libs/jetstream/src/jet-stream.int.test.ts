import { expect, test, vi } from 'vitest'
import { natsServer } from '@plimsoll/harness'
import { JetStreamUnreachableError, openJetStream, type ConnectionStatus } from './index.ts'

test('the credentials of the address are used, and wrong ones are an error at once that does not repeat them', async () => {
  await using server = await natsServer({ authorization: 'user: "me", password: "right"' })
  const open = (credentials: string) =>
    openJetStream({ url: server.url.replace('nats://', `nats://${credentials}`), name: 'test' })
  await using js = await open('me:right@')
  expect(await js.manager.streams.names().next()).toEqual([])
  const refused = open('me:wr0ng@')
  await expect(refused).rejects.toThrow(JetStreamUnreachableError)
  await expect(refused).rejects.toThrow(/^NATS at 127\.0\.0\.1:\d+ refused the credentials$/)
})

test('a server that is not there yet is waited for', async () => {
  await using server = await natsServer()
  await server.stop()
  const statuses: ConnectionStatus['type'][] = []
  const opening = openJetStream({ url: server.url, name: 'test', onStatus: ({ type }) => statuses.push(type) })
  await vi.waitFor(() => expect(statuses).toContain('unreachable'), { timeout: 60_000 })
  await server.start()
  await using js = await opening
  expect(js.isConnected()).toBe(true)
  expect(statuses.at(-1)).toBe('connected')
})

test('a server that never comes is an error that names it, and an abort ends the wait', async () => {
  await using server = await natsServer()
  await server.stop()
  const address = server.url.replace('nats://', '')
  await expect(openJetStream({ url: server.url, name: 'test', connectTimeoutMs: 300 })).rejects.toThrow(
    `NATS at ${address} does not answer`,
  )
  const controller = new AbortController()
  const opening = openJetStream({ url: server.url, name: 'test', signal: controller.signal })
  controller.abort()
  await expect(opening).rejects.toThrow(/abort/)
})

test('closing does not wait for a server that is away', async () => {
  await using server = await natsServer()
  const js = await openJetStream({ url: server.url, name: 'test' })
  await server.stop()
  await vi.waitFor(() => expect(js.isConnected()).toBe(false), { timeout: 60_000 })
  await js[Symbol.asyncDispose]()
  expect(js.connection.isClosed()).toBe(true)
})
