import { createHash, timingSafeEqual } from 'node:crypto'
import { encryptionRule } from './encryption-rule.ts'
import { openValue, type OpenedValue } from './encrypted-value.ts'
import { numberText } from './go-scalar.ts'
import { SopsError } from './sops-error.ts'
import type { SopsMetadata } from './sops-metadata.ts'

/** One value of an encrypted file, in the order of the file. */
export type Leaf = {
  /** The keys on the way to it; places in lists do not count. */
  readonly path: readonly string[]
  readonly pointer: string
  readonly line: number
  /** Its text, if it is one; null for a number, a word or a time. */
  readonly text: string | null
  /** What SOPS's MAC is made over if it is not encrypted; null for nothing. */
  readonly macBytes: () => Uint8Array | null
}

// SHA-256 of "sops": tells a MAC over the encrypted values from one over all.
const macOnlyEncryptedStart = createHash('sha256').update('sops').digest()

/** Opens every encrypted value and verifies the MAC over them all. Throws SopsError. The answer has one item for each leaf. */
export function openLeaves(
  leaves: readonly Leaf[],
  metadata: SopsMetadata,
  key: Uint8Array,
): readonly (OpenedValue | undefined)[] {
  const isEncrypted = encryptionRule(metadata.rule, new Set(leaves.flatMap(({ path }) => path)))
  const mac = createHash('sha512')
  if (metadata.macOnlyEncrypted) mac.update(macOnlyEncryptedStart)
  const opened = leaves.map((leaf) => {
    if (!isEncrypted(leaf.path)) {
      if (!metadata.macOnlyEncrypted) mac.update(leaf.macBytes() ?? '')
      return undefined
    }
    const value = open(leaf, key)
    if (value !== undefined) mac.update(macBytesOf(value))
    return value
  })
  verify(mac.digest('hex').toUpperCase(), metadata, key)
  return opened
}

// SOPS leaves nothing and the empty text as they are.
function open(leaf: Leaf, key: Uint8Array): OpenedValue | undefined {
  const { path, pointer, line, text } = leaf
  if (text === '' || (text === null && leaf.macBytes() === null)) return undefined
  return openValue(text ?? '', key, path.map((name) => `${name}:`).join(''), `the value at ${pointer}`, line)
}

/** What SOPS's MAC is made over: numbers and words as Go prints them. */
function macBytesOf({ type, bytes }: OpenedValue): Uint8Array {
  if (type === 'bool') return Buffer.from(boolOf(bytes) ? 'True' : 'False')
  if (type === 'int') return Buffer.from(BigInt(bytes.toString()).toString())
  if (type === 'float') return Buffer.from(numberText(Number(bytes.toString()), bytes.toString()))
  return bytes
}

export function boolOf(bytes: Buffer): boolean {
  return /^(?:1|t|true)$/i.test(bytes.toString())
}

function verify(computed: string, { mac, lastModified }: SopsMetadata, key: Uint8Array): void {
  const where = 'its MAC'
  const stored = openValue(mac, key, lastModified, where).bytes
  const expected = Buffer.from(computed)
  if (stored.length === expected.length && timingSafeEqual(stored, expected)) return
  throw new SopsError(
    'its MAC is wrong: values were changed, added or removed after it was encrypted',
    'look at who changed the file, then edit it with sops, which writes the MAC anew',
  )
}
