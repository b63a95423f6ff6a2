import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { gitHttpBackend } from '@plimsoll/embedded'

export type GitServer = AsyncDisposable & { readonly url: (repository: string) => string }

/**
 * Serves the bare repositories of a folder over HTTP on loopback, by Git's own program. Without the token as password
 * nobody reads or pushes: what is pushed is applied, and other users of this machine reach the port too.
 */
export async function startGitServer(root: string, port: number, token: string): Promise<GitServer> {
  const server = createServer((request, response) => {
    const user = userOf(request, token)
    if (user === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="demo"' }).end('The token is missing or wrong.\n')
      return
    }
    gitHttpBackend(root, user, request, response).catch(() => response.destroy())
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: (repository) => `http://127.0.0.1:${port}/${repository}.git`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** The header that shows the token to such a server. */
export function authorization(token: string): string {
  return `Basic ${Buffer.from(`demo:${token}`).toString('base64')}`
}

function userOf(request: IncomingMessage, token: string): string | undefined {
  const encoded = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const [, user = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  const [given, known] = [Buffer.from(password), Buffer.from(token)]
  return given.length === known.length && timingSafeEqual(given, known) ? user : undefined
}
