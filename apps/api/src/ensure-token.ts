import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createToken, findToken, type EventLog } from '@plimsoll/event-log'

/**
 * Sees to it that a file holds a good access token of this name, and makes one if not. The file is for its owner alone.
 */
export async function ensureToken(log: EventLog, name: string, file: string): Promise<string> {
  const standing = (await readFile(file, 'utf8').catch(() => '')).trim()
  if (standing !== '' && (await findToken(log, standing))?.name === name) return standing
  const token = await createToken(log, name, 'admin')
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(`${file}.new`, `${token}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return token
}
