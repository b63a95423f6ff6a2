import { createServer, type Server } from 'node:http'
import { once } from 'node:events'

/** Lists what is wrong; nothing is wrong with an empty list. */
export type Check = () => readonly string[]

export type Probes = AsyncDisposable & { readonly port: number }

/** Answers `/livez` and `/readyz`: 200 `ok`, or 503 and a line for each thing that is wrong. */
export async function serveProbes(options: {
  /** 0 takes a free one. */
  readonly port: number
  readonly host?: string
  /** Restart me when this fails. */
  readonly live: Check
  /** Send me no work while this fails. */
  readonly ready: Check
}): Promise<Probes> {
  const { port, host = '127.0.0.1', live, ready } = options
  const checks = new Map([
    ['/livez', live],
    ['/readyz', ready],
  ])
  const server = createServer((request, response) => {
    const check = checks.get(URL.parse(request.url ?? '', 'http://probe')?.pathname ?? '')
    const problems = check?.()
    response.writeHead(problems === undefined ? 404 : problems.length === 0 ? 200 : 503, {
      'content-type': 'text/plain',
    })
    response.end(`${problems === undefined ? 'not found' : problems.length === 0 ? 'ok' : problems.join('\n')}\n`)
  })
  server.listen(port, host)
  await once(server, 'listening')
  return { port: portOf(server), [Symbol.asyncDispose]: () => close(server) }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
