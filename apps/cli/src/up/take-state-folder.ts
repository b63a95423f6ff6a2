import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { FolderHeldError, holdFolder } from '@plimsoll/embedded'
import { CliError } from '../cli-error.ts'

/**
 * Takes the state folder for this process, until disposed. It is made if need be, and open to this user alone.
 * @throws CliError when another process has it, or another user
 */
export async function takeStateFolder(folder: string): Promise<AsyncDisposable> {
  makeOurs(folder)
  try {
    return await holdFolder(folder)
  } catch (error) {
    if (!(error instanceof FolderHeldError)) throw error
    const { pid, since } = error.holder
    throw new CliError({
      what: 'Plimsoll runs in this folder already',
      where: folder,
      because: `process ${pid} has it since ${since}`,
      try: `Use that one (\`plimsoll status\`), stop it first (Ctrl-C where it runs, or \`kill ${pid}\`), or start another in another folder.`,
    })
  }
}

function makeOurs(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid, mode } = statSync(folder)
    const own = process.getuid?.() ?? uid
    if (uid !== own) throw foreign(folder, uid, own)
    if ((mode & 0o777) !== 0o700) chmodSync(folder, 0o700)
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError({
      what: 'The state folder cannot be made',
      where: folder,
      because: error instanceof Error ? error.message : String(error),
      try: 'Start in a folder that you may write, or name one with `plimsoll up --dir FOLDER`.',
    })
  }
}

function foreign(folder: string, owner: number, own: number): CliError {
  return new CliError({
    what: 'The state folder belongs to another user',
    where: folder,
    because: `its owner is uid ${owner}, and this is uid ${own}: each would lock the other out`,
    try: 'Run as that user, or name a folder of your own with `plimsoll up --dir FOLDER`.',
  })
}
