import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export type TcpProxy = AsyncDisposable & {
  readonly host: '127.0.0.1'
  readonly port: number
  /** How many connections are open now. */
  connections(): number
  /** Ends all connections and refuses new ones, as a server that is away. */
  cut(): void
  /** Takes connections and bytes, and lets nothing through: as a network that loses every packet. */
  blackHole(): void
  /** Keeps what clients send, to hand it on after `resume`; what the server sends passes. */
  hold(): void
  /** How many bytes of clients wait for their turn. */
  held(): number
  /** Holds everything up by that long in each direction, in milliseconds. */
  delay(ms: number): void
  /** Back to passing everything on at once. What a black hole swallowed in the meantime arrives now. */
  resume(): void
}

type Mode =
  | { readonly kind: 'pass'; readonly delayMs: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'hole' }
  | { readonly kind: 'hold' }

type Side = 'client' | 'server'

/** Starts a proxy in front of a TCP server whose connections a test can break. */
export async function tcpProxy(target: { readonly host?: string; readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let mode: Mode = { kind: 'pass', delayMs: 0 }
  let changed = Promise.withResolvers<void>()
  const become = (next: Mode) => {
    mode = next
    changed.resolve()
    changed = Promise.withResolvers()
  }

  /** Waits for its turn: what arrived at `since` may go on when nothing holds it up any more. */
  async function passable(since: number, side: Side): Promise<void> {
    while (mode.kind === 'hole' || (mode.kind === 'hold' && side === 'client')) await changed.promise
    const left = mode.kind === 'pass' ? since + mode.delayMs - performance.now() : 0
    if (left > 0) await delay(left)
  }

  let held = 0
  function carry(from: Socket, to: Socket, side: Side): void {
    sockets.add(from)
    let order = Promise.resolve()
    const inOrder = (act: () => void) => {
      const since = performance.now()
      order = order.then(() => passable(since, side)).then(act)
    }
    from.setNoDelay(true)
    from.on('data', (chunk: Buffer) => {
      if (side === 'client') held += chunk.length
      inOrder(() => {
        if (side === 'client') held -= chunk.length
        if (to.writable) to.write(chunk)
      })
    })
    from.on('end', () => inOrder(() => to.end()))
    from.on('error', () => undefined)
    from.once('close', (hadError) => {
      sockets.delete(from)
      if (hadError) reset(to)
      else inOrder(() => to.destroy())
    })
  }

  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (mode.kind === 'cut') return reset(near)
    const far = connect({ host: target.host ?? '127.0.0.1', port: target.port, allowHalfOpen: true })
    carry(near, far, 'client')
    carry(far, near, 'server')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const cut = () => {
    become({ kind: 'cut' })
    for (const socket of sockets) reset(socket)
  }

  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    connections: () => Math.ceil(sockets.size / 2),
    cut,
    blackHole: () => become({ kind: 'hole' }),
    hold: () => become({ kind: 'hold' }),
    held: () => held,
    delay: (ms) => become({ kind: 'pass', delayMs: ms }),
    resume: () => become({ kind: 'pass', delayMs: 0 }),
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A socket whose end is on its way cannot be reset any more: Node would never close it, and never end. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
