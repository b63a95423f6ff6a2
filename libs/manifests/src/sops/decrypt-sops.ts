import { isUtf8 } from 'node:buffer'
import { InvalidManifestsError } from '../manifest-error.ts'
import type { AgeKeys } from './age-keys.ts'
import { openDataKey } from './data-key.ts'
import { readDotenv, writeDotenv } from './decrypt-dotenv.ts'
import { readTree, writeTree } from './decrypt-tree.ts'
import type { OpenedValue } from './encrypted-value.ts'
import { SopsError } from './sops-error.ts'
import { type SopsFormat, sopsFormat } from './sops-format.ts'
import { readMetadata, type Texts } from './sops-metadata.ts'
import { boolOf, type Leaf, openLeaves } from './sops-tree.ts'

/** A file as it lies in the repository; how it is encrypted follows from what it holds and, for JSON, from its name. */
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
  /** As text; in base64 if it is none. */
  readonly value: string
}

export type DecryptedFile = {
  /** The file without SOPS's metadata; in YAML and JSON, what stands on a line stays on that line. */
  readonly body: Uint8Array
  readonly sensitive: readonly DecryptedValue[]
}

// A Kubernetes object is smaller than this, and reading happens on the main thread.
const bytesAtMost = 4 * 1024 * 1024

/** Whether SOPS has encrypted this file: it may only be used after `decryptSops`, never as it is. */
export function isSopsFile(path: string, body: Uint8Array): boolean {
  return sopsFormat(path, body) !== null
}

/**
 * Decrypts a file that SOPS encrypted for age keys, and verifies its MAC.
 * Throws InvalidManifestsError, without any value in it, if no key fits or the file was changed after its encryption.
 */
export async function decryptSops({ path, body }: EncryptedFile, keys: AgeKeys): Promise<DecryptedFile> {
  try {
    if (body.length > bytesAtMost)
      throw new SopsError(`it is encrypted and larger than ${bytesAtMost} bytes`, 'split it, or exclude it')
    return await decrypt(sopsFormat(path, body), body, keys)
  } catch (error) {
    if (!(error instanceof SopsError)) throw error
    throw new InvalidManifestsError([{ file: path, line: error.line, message: error.message, try: error.try }])
  }
}

async function decrypt(format: SopsFormat | null, body: Uint8Array, keys: AgeKeys): Promise<DecryptedFile> {
  const text = Buffer.from(body).toString('utf8')
  switch (format) {
    case 'yaml':
    case 'json': {
      const tree = readTree(text, format)
      const opened = await open(tree.metadata, tree.leaves, keys)
      const sensitive = sensitiveOf(tree.leaves, opened, ({ document }) => document)
      return { body: Buffer.from(writeTree(text, tree, opened, format)), sensitive }
    }
    case 'binary': {
      const tree = readTree(text, 'json')
      const opened = await open(tree.metadata, tree.leaves, keys)
      const at = tree.leaves.findIndex(({ pointer }) => pointer === '/data')
      const bytes = opened[at]?.bytes ?? Buffer.of()
      const value = isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('base64')
      return { body: bytes, sensitive: value === '' ? [] : [{ pointer: '', document: 0, value }] }
    }
    case 'dotenv': {
      const dotenv = readDotenv(text)
      const opened = await open(dotenv.metadata, dotenv.leaves, keys)
      return { body: writeDotenv(dotenv, opened), sensitive: sensitiveOf(dotenv.leaves, opened, () => 0) }
    }
    case 'ini':
      throw new SopsError('it is an INI file encrypted with SOPS, which is not supported', 'encrypt it as binary')
    case null:
      throw new SopsError('it is not encrypted with SOPS', 'use it as it is')
  }
}

async function open(
  metadata: Texts,
  leaves: readonly Leaf[],
  keys: AgeKeys,
): Promise<readonly (OpenedValue | undefined)[]> {
  const read = readMetadata(metadata)
  return openLeaves(leaves, read, await openDataKey(read, keys))
}

function sensitiveOf<AnyLeaf extends Leaf>(
  leaves: readonly AnyLeaf[],
  opened: readonly (OpenedValue | undefined)[],
  documentOf: (leaf: AnyLeaf) => number,
): readonly DecryptedValue[] {
  return leaves.flatMap((leaf, i) => {
    const value = opened[i]
    if (value === undefined) return []
    return [{ pointer: leaf.pointer, document: documentOf(leaf), value: valueText(value) }]
  })
}

function valueText({ type, bytes }: OpenedValue): string {
  if (type === 'bool') return String(boolOf(bytes))
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('base64')
}
