import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGitRepository, gitHttpBackend, type GitRepository } from '@plimsoll/embedded'

export type GitHttpServerOptions = {
  /** Who may read; without users and token everybody may. */
  readonly users?: readonly { readonly username: string; readonly password: string }[]
  /** Accepted as the password of any user. */
  readonly token?: string
  /** PEM texts; the URL is https then. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

/** A real Git server on a loopback port: `git http-backend` behind Node's own. */
export type GitHttpServer = AsyncDisposable & {
  url(repository: string): string
  readonly port: number
  createRepository(name: string, branch?: string): Promise<GitRepository>
  /** Every request since the start, in order of its end. */
  readonly requests: { method: string; path: string; status: number }[]
  /** Lets requests in and answers none of them until `resume`. */
  pause(): void
  resume(): void
  /** Closes the port and every connection. */
  stop(): Promise<void>
  /** Listens again, on the same port. */
  start(): Promise<void>
}

export async function gitHttpServer(options: GitHttpServerOptions = {}): Promise<GitHttpServer> {
  // The space is on purpose: paths on a user's machine hold them.
  const root = await mkdtemp(join(tmpdir(), 'git server-'))
  const requests: GitHttpServer['requests'] = []
  let resumed = Promise.withResolvers<void>()
  resumed.resolve()

  const listener: RequestListener = (request, response) => {
    response.on('finish', () =>
      requests.push({ method: request.method ?? '', path: request.url ?? '', status: response.statusCode }),
    )
    resumed.promise
      .then(() => {
        const user = authenticate(options, request)
        if (user !== false) return gitHttpBackend(root, user, request, response)
        response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('who are you?')
      })
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  }

  let server = await listen(options, listener, 0)
  const { port } = server.address() as AddressInfo
  const stop = () => close(server)
  return {
    port,
    requests,
    url: (repository) => `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/${encodeURI(repository)}.git`,
    createRepository: (name, branch) => createGitRepository(join(root, `${name}.git`), branch),
    pause: () => (resumed = Promise.withResolvers<void>()),
    resume: () => resumed.resolve(),
    stop,
    start: async () => {
      server = await listen(options, listener, port)
    },
    [Symbol.asyncDispose]: async () => {
      resumed.resolve()
      await stop()
      await rm(root, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

async function listen({ tls }: GitHttpServerOptions, listener: RequestListener, port: number): Promise<Server> {
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return server
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}

/** The user's name, undefined where anybody may read, false for nobody we know. */
function authenticate(
  { users = [], token }: GitHttpServerOptions,
  request: IncomingMessage,
): string | undefined | false {
  if (users.length === 0 && token === undefined) return undefined
  const encoded = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const [, username = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  const known = users.some((user) => user.username === username && user.password === password)
  return known || (token !== undefined && password === token) ? username : false
}
