import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { openPort } from './open-port.ts'

const address = { host: '127.0.0.1', port: 0 }
const answer: Parameters<typeof openPort>[0] = (_request, response) => {
  response.end('here')
}

async function closes(port: number, bytes: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(bytes)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(socket, 'close')
  return text
}

test.each([
  ['nothing', ''],
  ['half a preface', 'PR'],
  ['half a header', 'GET / HTTP/1.1\r\nhost: x\r\n'],
])('a connection that sends %s is closed in time', async (_what, bytes) => {
  await using port = await openPort(answer, { ...address, greetingMs: 200 })
  expect(await closes(port.port, bytes)).not.toContain('here')
})

test('a connection that rests is closed at the end, one that works is waited for, then cut', async () => {
  const port = await openPort(answer, { ...address, closingMs: 60_000 })
  expect(await (await fetch(`http://127.0.0.1:${port.port}`)).text()).toBe('here')
  const start = performance.now()
  await port[Symbol.asyncDispose]()
  expect(performance.now() - start).toBeLessThan(30_000)

  const { promise: arrived, resolve } = Promise.withResolvers<void>()
  const stuck = await openPort(() => resolve(), { ...address, closingMs: 100 })
  const never = fetch(`http://127.0.0.1:${stuck.port}`).catch((error: unknown) => error)
  await arrived
  await stuck[Symbol.asyncDispose]()
  expect(await never).toBeInstanceOf(Error)
})
