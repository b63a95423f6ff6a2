import { access, constants, stat, statfs } from 'node:fs/promises'
import { processStart } from '@plimsoll/embedded'
import { readUpFile } from '../up/up-file.ts'
import { fail, ok, warn, type Check } from './check.ts'

const leastFreeBytes = 1e9

/** The state folder of `plimsoll up`, and whether it is up. */
export async function checkState(folder: string): Promise<readonly Check[]> {
  const status = await stat(folder).catch(() => undefined)
  if (status === undefined)
    return [warn('state folder', `${folder} does not exist`, 'Start `npx plimsoll up` here, which makes it.')]
  return [await checkFolder(folder, status.mode), await checkUp(folder)]
}

async function checkFolder(folder: string, mode: number): Promise<Check> {
  const name = 'state folder'
  if ((mode & 0o077) !== 0) return fail(name, `${folder} is open to other users`, `chmod 700 "${folder}"`)
  const writable = await access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!writable) return fail(name, `${folder} cannot be written`, `Make it yours: sudo chown -R "$USER" "${folder}"`)
  const { bavail, bsize } = await statfs(folder)
  const free = `${(Number(bavail * bsize) / 1e9).toFixed(1)} GB`
  return bavail * bsize < leastFreeBytes
    ? warn(name, `${folder}, only ${free} free`, 'Make room on that disk: without it nothing can be recorded.')
    : ok(name, `${folder}, ${free} free`)
}

async function checkUp(folder: string): Promise<Check> {
  const up = await readUpFile(folder)
  if (up === undefined) return warn('plimsoll up', 'is not up', 'Start it: `npx plimsoll up`, or `npm start`.')
  const { pid, start, since } = up
  return processStart(pid) === start
    ? ok('plimsoll up', `process ${pid}, up since ${since}`)
    : warn('plimsoll up', `process ${pid} was killed`, 'Start it again: `npx plimsoll up`; it goes on where it was.')
}
