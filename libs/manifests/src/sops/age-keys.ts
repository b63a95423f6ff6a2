/** Age identities (`AGE-SECRET-KEY-1…`), tried in their order; none if a workflow has no key. */
export type AgeKeys = readonly string[]

/** The text is no file of age keys. The message never holds any of it. */
export class AgeKeyError extends Error {
  override readonly name = 'AgeKeyError'
}

const identity = /^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+$/
const bytesAtMost = 16 * 1024

/**
 * The identities of a key file as `age-keygen` writes it: one a line, `#` begins a comment. Several are for rotation.
 * Throws AgeKeyError.
 */
export async function parseAgeKeys(text: string): Promise<AgeKeys> {
  if (text.length > bytesAtMost) throw new AgeKeyError(`holds more than ${bytesAtMost} bytes`)
  const lines = text.split('\n').map((line, i) => ({ text: line.trim(), number: i + 1 }))
  const keys = lines.filter((line) => line.text !== '' && !line.text.startsWith('#'))
  if (keys.length === 0) throw new AgeKeyError('holds no age key (a line AGE-SECRET-KEY-1…)')
  for (const key of keys) {
    const fault = await faultOf(key.text)
    if (fault !== undefined) throw new AgeKeyError(`line ${key.number}: ${fault}`)
  }
  return keys.map((key) => key.text)
}

/** The public keys (`age1…`) of identities, which may be shown. */
export function recipientsOf(keys: AgeKeys): Promise<readonly string[]> {
  return Promise.all(keys.map(recipientOf))
}

/** The library is loaded with the first key: it takes megabytes, and most installations have none. */
async function recipientOf(key: string): Promise<string> {
  const { identityToRecipient } = await import('age-encryption')
  return identityToRecipient(key)
}

async function faultOf(key: string): Promise<string | undefined> {
  if (key.startsWith('age1')) return 'this is a public key; the private one begins with AGE-SECRET-KEY-1'
  if (key.startsWith('AGE-PLUGIN-')) return 'a key of an age plugin needs a program or a device that is not here'
  if (key.startsWith('-----BEGIN AGE ENCRYPTED')) return 'the key file is protected by a passphrase; give it decrypted'
  if (key.startsWith('-----BEGIN')) return 'this is no age key; SSH and PGP keys are not supported'
  if (!identity.test(key)) return 'this is no age key (AGE-SECRET-KEY-1…)'
  try {
    await recipientOf(key)
    return undefined
  } catch {
    return 'the age key is damaged: its checksum is wrong'
  }
}
