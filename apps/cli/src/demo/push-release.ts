import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gitEnvironment } from '@plimsoll/embedded'
import { authorization } from './git-server.ts'
import { shopFiles } from './shop.ts'

export type Release = {
  readonly revision: string
  readonly message: string
  /** The lines that it takes out and puts in, with `-` or `+` before them; all of a file that is new is left out. */
  readonly changes: readonly string[]
}

const identity = { GIT_AUTHOR_NAME: 'Demo', GIT_AUTHOR_EMAIL: 'demo@example.com' }

/** Writes the next release of the shop in a working copy, commits it, and pushes it as a developer would. */
export async function pushRelease(folder: string, url: string, token: string): Promise<Release> {
  const copy = await mkdtemp(join(folder, 'copy-'))
  // The token comes by the environment: every user of the machine can read a command line.
  const env = {
    ...gitEnvironment,
    ...identity,
    GIT_COMMITTER_NAME: identity.GIT_AUTHOR_NAME,
    GIT_COMMITTER_EMAIL: identity.GIT_AUTHOR_EMAIL,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: ${authorization(token)}`,
  }
  const git = async (...args: readonly string[]) =>
    (await promisify(execFile)('git', [...args], { cwd: copy, env })).stdout.trim()
  try {
    await git('init', '--quiet', '--initial-branch=main')
    const known = (await git('ls-remote', url, 'refs/heads/main')) !== ''
    if (known) {
      await git('fetch', '--quiet', url, 'main')
      await git('reset', '--quiet', '--hard', 'FETCH_HEAD')
    }
    const number = known ? Number(await git('rev-list', '--count', 'HEAD')) + 1 : 1
    await writeFiles(copy, shopFiles(number))
    await git('add', '--all')
    const message = `Release ${number}`
    await git('commit', '--quiet', `--message=${message}`)
    await git('push', '--quiet', url, 'HEAD:refs/heads/main')
    const shown = await git('show', '--format=', '--unified=0', '--diff-filter=M', 'HEAD')
    const lines = shown.split('\n').filter((line) => /^[+-](?![+-]{2} )/.test(line))
    const changes = lines.map((line) => `${line[0]} ${line.slice(1).trim()}`)
    return { revision: await git('rev-parse', 'HEAD'), message, changes }
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
}
