import { randomBytes } from 'node:crypto'
import { chmod, mkdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { createGitRepository, keptPort, keptSecret } from '@plimsoll/embedded'
import { CliError } from '../cli-error.ts'
import { startGitServer } from './git-server.ts'
import { pushRelease, type Release } from './push-release.ts'

/** The Git server of the web shop. */
export type Shop = AsyncDisposable & {
  readonly url: string
  /** What whoever reads or pushes shows, and the file that holds it. */
  readonly token: string
  readonly tokenFile: string
  /** The bare repository on disk, which its owner may clone as it is. */
  readonly path: string
  readonly push: () => Promise<Release>
}

export const shopId = 'web-shop'

/** Serves the shop's repository out of the state folder; it is made at the first time. Paths are as seen from `cwd`. */
export async function openShop(folder: string, cwd: string): Promise<Shop> {
  const root = join(folder, 'demo')
  await mkdir(root, { recursive: true })
  await chmod(root, 0o700)
  const { path } = await createGitRepository(join(root, `${shopId}.git`)).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? gitMissing() : error
  })
  const tokenFile = join(folder, 'demo-token')
  const token = keptSecret(tokenFile, () => randomBytes(24).toString('base64url'))
  const server = await startGitServer(root, await keptPort(folder, 'demo-git'), token)
  const url = server.url(shopId)
  return {
    url,
    token,
    tokenFile: relative(cwd, tokenFile),
    path: relative(cwd, path),
    push: () => pushRelease(root, url, token),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

function gitMissing(): CliError {
  return new CliError({
    what: 'Git is missing',
    where: 'PATH',
    because: 'the demo keeps its web shop in a Git repository, and there is no program `git`',
    try: 'Install git and start again; or start without the demo: `npx plimsoll up`.',
  })
}
