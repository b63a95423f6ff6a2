import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A TCP proxy on loopback that a test can turn into a bad network. */
export type TcpProxy = AsyncDisposable & {
  readonly port: number
  /** Connections accepted so far. */
  readonly accepted: () => number
  /** Ends every connection; new ones are accepted. */
  readonly sever: () => void
  /** Ends every connection and each new one at once, until `mend`. */
  readonly refuse: () => void
  /** Keeps every connection open and passes nothing on, until `mend`; then what stalled is lost. */
  readonly stall: () => void
  readonly mend: () => void
}

export async function openTcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let state: 'open' | 'refusing' | 'stalled' = 'open'
  let accepted = 0
  const sever = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from)
    from.on('data', (chunk) => {
      if (state === 'open') to.write(chunk)
    })
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
  const server = createServer((client) => {
    accepted += 1
    if (state === 'refusing') return void client.destroy()
    const upstream = connect(target)
    pass(client, upstream)
    pass(upstream, client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    sever,
    refuse: () => {
      state = 'refusing'
      sever()
    },
    stall: () => {
      state = 'stalled'
    },
    mend: () => {
      if (state === 'stalled') sever()
      state = 'open'
    },
    [Symbol.asyncDispose]: () => {
      sever()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
