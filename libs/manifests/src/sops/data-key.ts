import { recipientsOf, type AgeKeys } from './age-keys.ts'
import { SopsError } from './sops-error.ts'
import type { SopsMetadata } from './sops-metadata.ts'

const dataKeyBytes = 32
const namesAtMost = 5
const stanzasAtMost = 100

/** The key that a file's values are encrypted with, opened by one of the age keys. Throws SopsError if none fits. */
export async function openDataKey({ age, others }: SopsMetadata, keys: AgeKeys): Promise<Uint8Array> {
  if (age.length === 0)
    throw new SopsError(
      `it is encrypted for ${others.length === 0 ? 'no key' : others.join(', ')}, and only age keys are supported`,
      'add an age recipient: sops rotate --in-place --add-age age1… FILE',
    )
  if (keys.length === 0)
    throw new SopsError(
      `it is encrypted with SOPS for ${listed(age.map(({ recipient }) => recipient))}, and the workflow has no age key`,
      'give the workflow the key with --age-key-file',
    )
  for (const { enc } of age.slice(0, stanzasAtMost)) {
    const key = await tryKeys(enc, keys)
    if (key?.length === dataKeyBytes) return key
  }
  throw new SopsError(
    `it is encrypted for ${listed(age.map(({ recipient }) => recipient))}, and the workflow has the key of ` +
      listed(await recipientsOf(keys)),
    "add the workflow's key: sops rotate --in-place --add-age age1… FILE, or give the workflow a key of the file",
  )
}

async function tryKeys(enc: string, keys: AgeKeys): Promise<Uint8Array | undefined> {
  const { armor, Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  for (const key of keys) decrypter.addIdentity(key)
  try {
    return await decrypter.decrypt(armor.decode(enc))
  } catch {
    // It is for another key, or damaged: the library's texts tell no more, and may quote what it read.
    return undefined
  }
}

// Recipients are public, but come from the repository.
function listed(recipients: readonly string[]): string {
  const names = recipients.slice(0, namesAtMost).map((name) => (/^[\w-]{1,80}/.exec(name) ?? ['an unreadable name'])[0])
  const more = recipients.length - names.length
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
