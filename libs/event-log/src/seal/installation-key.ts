import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export type KeySource = {
  /** The key itself in base64 (the value of PLIMSOLL_KEY). */
  readonly env?: string | undefined
  /** A file that holds it in base64 (PLIMSOLL_KEY_FILE). */
  readonly file?: string | undefined
  /** A folder whose file `key` holds it, and is made if missing. */
  readonly createIn?: string | undefined
}

/** No key of the installation was given, or it is not 32 bytes in base64. The text never holds the key. */
export class InstallationKeyError extends Error {
  override readonly name = 'InstallationKeyError'
}

/** The 32 bytes from which all sealing keys are derived; the first source that is set counts. */
export async function installationKey({ env, file, createIn }: KeySource): Promise<Uint8Array> {
  if (env !== undefined && env !== '') return decode(env, 'PLIMSOLL_KEY')
  if (file !== undefined && file !== '') return decode(await readKey(file), file)
  if (createIn === undefined) {
    throw new InstallationKeyError(
      'no installation key: set PLIMSOLL_KEY (32 bytes in base64, e.g. from `openssl rand -base64 32`) or PLIMSOLL_KEY_FILE',
    )
  }
  const path = join(createIn, 'key')
  await create(path)
  return decode(await readKey(path), path)
}

function decode(text: string, source: string): Uint8Array {
  const key = Buffer.from(text.trim(), 'base64')
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text.trim()) || key.byteLength !== 32) {
    throw new InstallationKeyError(`${source} does not hold 32 bytes in base64`)
  }
  return key
}

async function readKey(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new InstallationKeyError(`the installation key cannot be read from ${path}`, { cause: error })
  }
}

/** Whole or not at all, and never over an existing one, also when two start at once: what was sealed with it would be lost. */
async function create(path: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(`${randomBytes(32).toString('base64')}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  try {
    await link(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await rm(draft)
  }
}
