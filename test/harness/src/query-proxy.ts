import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A statement on its way to the server, and the messages around it, as they lie in one packet. */
export type Query = { readonly text: string }

export type QueryProxy = AsyncDisposable & {
  readonly port: number
  /**
   * Looks at whatever clients send. `before`: it never reaches the server; `after`: `hit` is called when the server has done it and
   * nothing is open any more, and before the client hears of it. Either way the connection is over for the client.
   */
  readonly watch: (watcher: ((query: Query) => Caught | undefined) | undefined) => void
}

export type Caught = { readonly when: 'before' | 'after'; readonly hit: () => void }

/** The server's ReadyForQuery, outside of a transaction: all that was sent is durable. */
const idle = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

/** A proxy in front of Postgres that can stop the world just before, or just after, a statement that a test names. */
export async function queryProxy(target: { readonly host: string; readonly port: number }): Promise<QueryProxy> {
  const sockets = new Set<Socket>()
  let watcher: Parameters<QueryProxy['watch']>[0]

  const server = createServer((near) => {
    const far = connect(target)
    let caught: Caught | undefined
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (chunk: Buffer) => {
      caught ??= watcher?.({ text: chunk.toString('latin1') })
      if (caught?.when === 'before') {
        caught.hit()
        near.pause()
        far.destroy()
      } else if (far.writable) far.write(chunk)
    })
    far.on('data', (chunk: Buffer) => {
      if (caught === undefined) near.write(chunk)
      else if (chunk.includes(idle)) {
        caught.hit()
        far.destroy()
      } else near.write(chunk)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    watch: (next) => {
      watcher = next
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
