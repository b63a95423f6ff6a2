import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { openConnection, type Connection as SdkConnection } from '@plimsoll/sdk/node'
import { CliError, usage } from './cli-error.ts'
import type { Io } from './io.ts'

export type ServerOptions = { readonly server?: string | undefined; readonly tokenFile?: string | undefined }

/** Where the server is, and who we are to it. */
export type ServerAddress = { readonly server: string; readonly token: string; readonly from: string }

export type Connection = SdkConnection & { readonly address: ServerAddress }

/** What `plimsoll up` writes for its CLI, as `.plimsoll/client.json`. A relative `tokenFile` is beside it. */
export type ClientFile = { readonly server: string; readonly tokenFile: string }

/**
 * Opens a connection; nothing is sent yet. A server that is not there is told at once; one that goes away is waited for.
 * @throws CliError when server or token are not known
 */
export async function connect(io: Io, options: ServerOptions): Promise<Connection> {
  const address = await serverAddress(io, options)
  const connection = openConnection({
    url: address.server,
    token: address.token,
    patience: { startMs: 0 },
    onRetry: () => io.err('The server is away, trying again …\n'),
  })
  return { ...connection, address }
}

/** From the command line, else the environment, else `.plimsoll/client.json` in this folder or one above it. */
export async function serverAddress(
  { env, cwd }: Pick<Io, 'env' | 'cwd'>,
  options: ServerOptions,
): Promise<ServerAddress> {
  const found = await findClientFile(cwd)
  const server = options.server ?? env['PLIMSOLL_SERVER'] ?? found?.content.server
  const tokenFile = options.tokenFile ?? env['PLIMSOLL_TOKEN_FILE'] ?? found?.content.tokenFile
  if (server === undefined || tokenFile === undefined)
    throw new CliError({
      what: server === undefined ? 'No server is known' : 'No access token is known',
      where: cwd,
      because: `there is no .plimsoll/client.json here or above, and neither ${server === undefined ? '--server nor PLIMSOLL_SERVER' : '--token-file nor PLIMSOLL_TOKEN_FILE'} is set`,
      try: 'Start one with `plimsoll up` in this folder, or name it with --server and --token-file.',
    })
  if (URL.parse(server)?.protocol.startsWith('http') !== true)
    throw usage('--server', `${JSON.stringify(server)} is no http:// or https:// URL`)
  return {
    server: server.replace(/\/+$/, ''),
    token: await readToken(resolve(cwd, tokenFile)),
    from: found?.path ?? 'the environment',
  }
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CliError({
      what: 'The access token cannot be read',
      where: file,
      because: error instanceof Error ? error.message : String(error),
      try: 'Name a file that holds one with --token-file or PLIMSOLL_TOKEN_FILE.',
    })
  })
  return text.trim()
}

export async function findClientFile(
  cwd: string,
): Promise<{ readonly path: string; readonly content: ClientFile } | undefined> {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const path = join(folder, '.plimsoll', 'client.json')
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return { path, content: parse(text, path) }
    if (folder === dirname(folder)) return undefined
  }
}

function parse(text: string, path: string): ClientFile {
  try {
    const { server, tokenFile } = JSON.parse(text) as Partial<ClientFile>
    if (typeof server === 'string' && typeof tokenFile === 'string')
      return { server, tokenFile: isAbsolute(tokenFile) ? tokenFile : join(dirname(path), tokenFile) }
  } catch {
    // Told below.
  }
  throw new CliError({
    what: 'The client file is not usable',
    where: path,
    because: 'it is not {"server": …, "tokenFile": …}',
    try: 'Start `plimsoll up` again, which writes it.',
  })
}
