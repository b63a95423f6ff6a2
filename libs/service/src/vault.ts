import { parseJson, stringifyJson } from '@plimsoll/domain'
import { getBlob, putBlob, sealKey } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { openBodyCache } from './body-cache.ts'

/** Keeps bodies of one workflow, sealed with its key; the digest names what is kept. Bodies are data: nobody changes them. */
export type Vault = {
  readonly get: <Body>(digest: string) => Promise<Body>
  readonly put: (body: unknown) => Promise<string>
  /** The value of the mark on the workflow's objects. */
  readonly mark: string
  /** Digest of a text under the workflow's key: tells whether it changed, and nothing else. */
  readonly hash: (text: string) => string
}

// What went through a vault last is kept opened, as the next commit needs most of it again. Digests are made with the
// workflow's key, so one cache serves all vaults of the process.
const cache = openBodyCache()

/** Opens the vaults of workflows; their keys are derived from the installation's. */
export function vaults(log: EventLog, installationKey: Uint8Array): (workflow: string) => Vault {
  return (workflow) => {
    const seal = sealKey(installationKey, `workflow:${workflow}`)
    return {
      get: async <Body>(digest: string) => {
        const known = cache.get(digest)
        if (known !== undefined) return known as Body
        const text = Buffer.from(await getBlob(log, digest, { seal })).toString('utf8')
        const body = parseJson(text) as Body
        cache.set(digest, body, text.length)
        return body
      },
      put: async (body) => {
        const text = stringifyJson(body)
        const digest = await putBlob(log, Buffer.from(text), { seal })
        cache.set(digest, body, text.length)
        return digest
      },
      mark: seal.digest(Buffer.from('mark')).slice(-16),
      hash: (text) => seal.digest(Buffer.from(text)),
    }
  }
}
