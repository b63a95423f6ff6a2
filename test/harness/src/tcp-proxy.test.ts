import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { tcpProxy } from './tcp-proxy.ts'

/** A server that sends back what it gets. */
async function echoServer() {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    broadcast: (text: string) => sockets.forEach((socket) => socket.write(text)),
    [Symbol.dispose]: () => void server.close(),
  }
}

async function client(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port }).setEncoding('utf8')
  await once(socket, 'connect')
  // The proxy's end resets what is still open.
  socket.on('error', () => undefined)
  return socket
}

async function answerTo(socket: Socket, text: string): Promise<string> {
  const answer = once(socket, 'data')
  socket.write(text)
  return String((await answer)[0])
}

test('bytes pass through in both directions', async () => {
  using server = await echoServer()
  await using proxy = await tcpProxy(server)
  const socket = await client(proxy.port)
  expect(await answerTo(socket, 'hello')).toBe('hello')
  expect(proxy.connections()).toBe(1)
  socket.destroy()
})

test('a cut ends open connections and refuses new ones until it is over', async () => {
  using server = await echoServer()
  await using proxy = await tcpProxy(server)
  const socket = await client(proxy.port)
  const broken = once(socket, 'error')
  proxy.cut()
  expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' })

  const refused = connect({ host: '127.0.0.1', port: proxy.port })
  expect((await once(refused, 'error'))[0]).toMatchObject({ code: 'ECONNRESET' })

  proxy.resume()
  expect(await answerTo(await client(proxy.port), 'again')).toBe('again')
})

test('a black hole swallows what is sent, and gives it back in order when it is over', async () => {
  using server = await echoServer()
  await using proxy = await tcpProxy(server)
  const socket = await client(proxy.port)
  proxy.blackHole()
  let heard = ''
  socket.on('data', (chunk) => (heard += String(chunk)))
  socket.write('one ')
  socket.write('two')
  const other = await client(proxy.port)
  other.destroy()
  expect(heard).toBe('')
  proxy.resume()
  await expect.poll(() => heard).toBe('one two')
})

test('a delay holds up each direction, and does not add up over chunks', async () => {
  using server = await echoServer()
  await using proxy = await tcpProxy(server)
  const socket = await client(proxy.port)
  proxy.delay(100)
  let heard = ''
  socket.on('data', (chunk) => (heard += String(chunk)))
  const began = performance.now()
  for (let i = 0; i < 100; i++) socket.write('x')
  await expect.poll(() => heard, { interval: 5 }).toBe('x'.repeat(100))
  const took = performance.now() - began
  expect(took).toBeGreaterThanOrEqual(195)
  expect(took).toBeLessThan(9_000)
})

test('while clients are held, answers pass, and what clients sent arrives after it is over', async () => {
  using server = await echoServer()
  await using proxy = await tcpProxy(server)
  const socket = await client(proxy.port)
  expect(await answerTo(socket, 'before')).toBe('before')
  proxy.hold()
  socket.write('during')
  await expect.poll(() => proxy.held()).toBe('during'.length)
  const news = once(socket, 'data')
  server.broadcast('news')
  expect(String((await news)[0])).toBe('news')
  const answer = once(socket, 'data')
  proxy.resume()
  expect(String((await answer)[0])).toBe('during')
  expect(proxy.held()).toBe(0)
  socket.destroy()
})
