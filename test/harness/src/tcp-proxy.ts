import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Transform } from 'node:stream'
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
  /** Holds everything up by that long in each direction, in milliseconds. */
  delay(ms: number): void
  /** Back to passing everything on at once. What a black hole swallowed in the meantime arrives now. */
  resume(): void
}

type Mode = { readonly kind: 'pass'; readonly delayMs: number } | { readonly kind: 'cut' } | { readonly kind: 'hole' }

/** Starts a proxy in front of a TCP server of loopback whose connections a test can break. */
export async function tcpProxy(target: { readonly host?: string; readonly port: number }): Promise<TcpProxy> {
  let mode: Mode = { kind: 'pass', delayMs: 0 }
  let changed = Promise.withResolvers<void>()
  const sockets = new Set<Socket>()
  const become = (next: Mode) => {
    mode = next
    changed.resolve()
    changed = Promise.withResolvers()
  }

  /** Passes each chunk on in order when the mode allows it. */
  const gate = () =>
    new Transform({
      async transform(chunk, _encoding, done) {
        while (mode.kind === 'hole') await changed.promise
        if (mode.kind === 'pass' && mode.delayMs > 0) await delay(mode.delayMs)
        done(null, chunk)
      },
    })

  const server = createServer((near) => {
    if (mode.kind === 'cut') return void near.resetAndDestroy()
    const far = connect({ host: target.host ?? '127.0.0.1', port: target.port })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.setNoDelay(true)
      one.on('error', () => undefined)
      one.once('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(gate()).pipe(other)
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const drop = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }

  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size / 2,
    cut() {
      become({ kind: 'cut' })
      drop()
    },
    blackHole: () => become({ kind: 'hole' }),
    delay: (ms) => become({ kind: 'pass', delayMs: ms }),
    resume: () => become({ kind: 'pass', delayMs: 0 }),
    async [Symbol.asyncDispose]() {
      become({ kind: 'cut' })
      drop()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
