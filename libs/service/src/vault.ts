import { getBlob, putBlob, sealKey } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { parseJson, stringifyJson } from '@plimsoll/domain'

/** Keeps bodies of one workflow, sealed with its key; the digest names what is kept. */
export type Vault = {
  readonly get: <Body>(digest: string) => Promise<Body>
  readonly put: (body: unknown) => Promise<string>
  /** The value of the mark on the workflow's objects. */
  readonly mark: string
  /** Digest of a text under the workflow's key: tells whether it changed, and nothing else. */
  readonly hash: (text: string) => string
}

/** The vault of a workflow: its key is derived from the installation's. */
export function openVault(log: EventLog, installationKey: Uint8Array, workflow: string): Vault {
  const seal = sealKey(installationKey, `workflow:${workflow}`)
  return {
    mark: seal.digest(Buffer.from('mark')).slice(-16),
    get: async <Body>(digest: string) =>
      parseJson(Buffer.from(await getBlob(log, digest, { seal })).toString('utf8')) as Body,
    put: (body) => putBlob(log, Buffer.from(stringifyJson(body)), { seal }),
    hash: (text) => seal.digest(Buffer.from(text)),
  }
}
