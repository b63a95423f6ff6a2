import { once } from 'node:events'
import { createServer } from 'node:http'
import { gitHttpBackend } from '@plimsoll/embedded'

export type GitServer = AsyncDisposable & { readonly url: (repository: string) => string }

/** Serves the bare repositories of a folder over HTTP on loopback, by Git's own program. */
export async function startGitServer(root: string, port: number): Promise<GitServer> {
  const server = createServer((request, response) => {
    gitHttpBackend(root, undefined, request, response).catch(() => response.destroy())
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
