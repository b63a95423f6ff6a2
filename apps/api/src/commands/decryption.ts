import type { Problem } from '@plimsoll/domain'
import { AgeKeyError, parseAgeKeys, type AgeKeys } from '@plimsoll/manifests'
import type { Decryption } from '@plimsoll/proto'

/** What to do about the stored keys: nothing, forget them (null), or keep these. The problems never repeat a key. */
export type GivenKeys = { readonly keys: AgeKeys | null | 'keep'; readonly problems: readonly Problem[] }

export const keepKeys: GivenKeys = { keys: 'keep', problems: [] }

export async function readDecryption({ ageKey }: Decryption): Promise<GivenKeys> {
  if (ageKey.trim() === '') return { keys: null, problems: [] }
  try {
    return { keys: await parseAgeKeys(ageKey), problems: [] }
  } catch (error) {
    if (!(error instanceof AgeKeyError)) throw error
    return { keys: 'keep', problems: [{ field: 'decryption.age_key', message: error.message }] }
  }
}
