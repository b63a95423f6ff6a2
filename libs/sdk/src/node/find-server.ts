import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { PlimsollError } from '../errors.ts'

/** What `plimsoll up` writes for its clients, as `.plimsoll/client.json`. A relative `tokenFile` is beside it. */
export type ClientFile = { readonly server: string; readonly tokenFile: string }

export type FindServerOptions = {
  /** Address of the api. Default: PLIMSOLL_SERVER, else what `plimsoll up` wrote. */
  readonly server?: string | undefined
  /** File that holds the access token. Default: PLIMSOLL_TOKEN_FILE, else the one that `plimsoll up` wrote. */
  readonly tokenFile?: string | undefined
  /** Where to look for `.plimsoll`, and above. Default: the working directory. */
  readonly cwd?: string | undefined
  /** Default: that of the process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** Neither server nor token are said, and no `.plimsoll/client.json` is found; or a file of these cannot be read. */
export class NoServerError extends PlimsollError {
  override readonly name = 'NoServerError'
  /** The file that cannot be used; undefined when there is none. */
  readonly file: string | undefined

  constructor(fault: PlimsollError['faults'][number], file?: string) {
    super('no_server', [fault])
    this.file = file
  }
}

/**
 * Where the server is, and who we are to it, for `openPlimsoll`: as the command line client finds it.
 * @throws NoServerError
 */
export async function findServer(
  options: FindServerOptions = {},
): Promise<{ readonly url: string; readonly token: string }> {
  const { cwd = process.cwd(), env = process.env } = options
  const found = await findClientFile(cwd)
  const server = options.server ?? env['PLIMSOLL_SERVER'] ?? found?.content.server
  const tokenFile = options.tokenFile ?? env['PLIMSOLL_TOKEN_FILE'] ?? found?.content.tokenFile
  if (server === undefined || tokenFile === undefined) throw notSaid(cwd, server === undefined ? 'server' : 'token')
  return { url: server, token: await readToken(resolve(cwd, tokenFile)) }
}

function notSaid(cwd: string, missing: 'server' | 'token'): NoServerError {
  const name = missing === 'server' ? 'PLIMSOLL_SERVER' : 'PLIMSOLL_TOKEN_FILE'
  return new NoServerError({
    what: missing === 'server' ? 'No server is known' : 'No access token is known',
    where: cwd,
    because: `there is no .plimsoll/client.json here or above, and ${name} is not set`,
    try: 'Start one with `plimsoll up` in this folder, or set PLIMSOLL_SERVER and PLIMSOLL_TOKEN_FILE.',
  })
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const because = error instanceof Error ? error.message : String(error)
    const remedy = 'Name a file that holds one with PLIMSOLL_TOKEN_FILE.'
    throw new NoServerError({ what: 'The access token cannot be read', where: file, because, try: remedy }, file)
  })
  return text.trim()
}

/** The `.plimsoll/client.json` of a folder or of the nearest one above it. @throws NoServerError when it is not usable */
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
  const because = 'it is not {"server": …, "tokenFile": …}'
  const remedy = 'Start `plimsoll up` again, which writes it.'
  throw new NoServerError({ what: 'The client file is not usable', where: path, because, try: remedy }, path)
}
