import { readFile } from 'node:fs/promises'
import { deleteCredential, getCredential, putCredential, sealKey } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { AgeKeyError, parseAgeKeys, type AgeKeys } from '@plimsoll/manifests'
import { ConfigError } from '@plimsoll/runtime'
import { z } from 'zod'

/** The age keys of workflows, sealed with the key of each. Whoever gives a key never gets it back; only a differ opens it. */
export type DecryptionKeys = {
  /** None if the workflow has no key. */
  readonly get: (workflow: string) => Promise<AgeKeys>
  /** True if they are other keys than before. */
  readonly put: (workflow: string, keys: AgeKeys) => Promise<boolean>
  /** True if there were any. */
  readonly remove: (workflow: string) => Promise<boolean>
}

const context = 'decryption'

/** Opens the store of keys. */
export function decryptionKeys(log: EventLog, installationKey: Uint8Array): DecryptionKeys {
  // Ids hold no colon, so no repository's credentials lie there.
  const placeOf = (workflow: string) => `${context}:${workflow}`
  const get = async (workflow: string) => {
    const sealed = await getCredential(log, placeOf(workflow))
    if (sealed === undefined) return []
    const body = sealKey(installationKey, `workflow:${workflow}`).unseal(sealed, context)
    return Buffer.from(body).toString('utf8').split('\n')
  }
  return {
    get,
    async put(workflow, keys) {
      const body = keys.join('\n')
      if ((await get(workflow)).join('\n') === body) return false
      const sealed = sealKey(installationKey, `workflow:${workflow}`).seal(Buffer.from(body), context)
      await putCredential(log, placeOf(workflow), sealed)
      return true
    },
    async remove(workflow) {
      const before = await getCredential(log, placeOf(workflow))
      await deleteCredential(log, placeOf(workflow))
      return before !== undefined
    },
  }
}

/** The settings of a service that decrypts. */
export const decryptionConfig = {
  PLIMSOLL_SOPS_AGE_KEY_FILE: z
    .string()
    .optional()
    .describe('a file of age keys, as age-keygen writes it, for workflows that have no key of their own'),
}

/** The installation's own keys, for workflows without any. Throws ConfigError, which never shows a key. */
export async function installationAgeKeys(file: string | undefined): Promise<AgeKeys> {
  if (file === undefined || file === '') return []
  try {
    return await parseAgeKeys(await readFile(file, 'utf8'))
  } catch (error) {
    const reason =
      error instanceof AgeKeyError ? error.message : `cannot be read (${(error as NodeJS.ErrnoException).code})`
    throw new ConfigError([`PLIMSOLL_SOPS_AGE_KEY_FILE names ${file}, which ${reason}`])
  }
}
