import { InvalidManifestsError } from '../manifest-error.ts'
import type { AgeKeys } from './age-keys.ts'

/** A file as it lies in the repository; what it is encrypted as follows from its name and its beginning. */
export type EncryptedFile = {
  /** Relative to the folder that is rendered, for messages. */
  readonly path: string
  readonly body: Uint8Array
}

/** One value that was encrypted. */
export type DecryptedValue = {
  /** JSON pointer in its document: `/data/password`; empty for a file that is one value. */
  readonly pointer: string
  /** Index of its YAML document. */
  readonly document: number
  readonly value: string
}

export type DecryptedFile = {
  /** The file without SOPS's metadata; what stands on a line stays on that line. */
  readonly body: Uint8Array
  readonly sensitive: readonly DecryptedValue[]
}

/** Whether SOPS has encrypted this file: it may only be used after `decryptSops`, never as it is. */
export function isSopsFile(_path: string, _body: Uint8Array): boolean {
  return false
}

/**
 * Decrypts a file that SOPS encrypted for age keys, and verifies its MAC.
 * Throws InvalidManifestsError, without any value in it, if no key fits or the file was changed after its encryption.
 */
export function decryptSops({ path }: EncryptedFile, _keys: AgeKeys): Promise<DecryptedFile> {
  const message = 'the file is encrypted with SOPS, which cannot be read yet'
  throw new InvalidManifestsError([{ file: path, line: 0, message, try: 'encrypt it for an age key' }])
}
