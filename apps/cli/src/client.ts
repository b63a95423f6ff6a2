import { findServer, openConnection, type Connection } from '@plimsoll/sdk/node'
import { usage } from './cli-error.ts'
import type { Io } from './io.ts'

export type { Connection } from '@plimsoll/sdk/node'

export type ServerOptions = { readonly server?: string | undefined; readonly tokenFile?: string | undefined }

/**
 * Opens a connection to the server that the command line names, else the environment, else `.plimsoll/client.json` in this
 * folder or one above it; nothing is sent yet. A server that is not there is told at once; one that goes away is waited for.
 * @throws NoServerError when server or token are not known
 */
export async function connect(io: Io, options: ServerOptions): Promise<Connection> {
  const { url, token } = await findServer({ ...options, cwd: io.cwd, env: io.env })
  if (URL.parse(url)?.protocol.startsWith('http') !== true)
    throw usage('--server', `${JSON.stringify(url)} is no http:// or https:// URL`)
  return openConnection({
    url,
    token,
    patience: { startMs: 0 },
    onRetry: () => io.err('The server is away, trying again …\n'),
  })
}
