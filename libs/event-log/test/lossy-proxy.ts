import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to Postgres that can lose an answer: the server has done what it was asked, and the client cannot know. */
export type LossyProxy = AsyncDisposable & {
  readonly url: string
  /** The connection breaks instead of bringing the answer to the next request that contains `text`. */
  readonly loseAnswerTo: (text: string) => void
  /** How many answers were lost so far. */
  readonly lost: () => number
}

export async function openLossyProxy(target: string): Promise<LossyProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let pattern: string | undefined
  let lost = 0
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    let losing = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          client.destroy()
          upstream.destroy()
          sockets.delete(socket)
        })
    }
    client.on('data', (data) => {
      if (pattern !== undefined && data.includes(pattern)) {
        pattern = undefined
        losing = true
      }
      upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (!losing) return void client.write(data)
      lost++
      client.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(target)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    loseAnswerTo: (text) => void (pattern = text),
    lost: () => lost,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
