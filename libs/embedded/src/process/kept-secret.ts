import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** A secret that is made once and kept in a file with mode 0600. */
export function keptSecret(file: string, make: () => string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const secret = make()
  writeFileSync(`${file}.new`, secret, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return secret
}
