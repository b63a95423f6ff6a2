import type { CredentialType, Problem } from '@plimsoll/domain'
import { deleteCredential, getCredential, putCredential, sealKey } from '@plimsoll/event-log'
import type { Credentials } from '@plimsoll/proto'
import type { Dependencies } from '../dependencies.ts'
import { defined } from '../messages/defined.ts'

/** What is sealed: the form in which whoever speaks Git opens it. */
export type Secret =
  | { readonly type: 'token'; readonly token: string; readonly username?: string }
  | { readonly type: 'userpass'; readonly username: string; readonly password: string }
  | { readonly type: 'ssh'; readonly ssh_key: string; readonly passphrase?: string }

/** Checks what can be seen without the remote. The problems never repeat a value. */
export function readCredentials(message: Credentials): {
  readonly secret: Secret | null
  readonly problems: readonly Problem[]
} {
  const { type, token, username, password, sshKey, passphrase } = message
  switch (type) {
    case 'none':
      return { secret: null, problems: [] }
    case 'token':
      return {
        secret: defined({ type, token, username: username || undefined }),
        problems: [...textProblems('token', token), ...(username === '' ? [] : textProblems('username', username))],
      }
    case 'userpass':
      return {
        secret: { type, username, password },
        problems: [...textProblems('username', username), ...textProblems('password', password)],
      }
    case 'ssh':
      return {
        secret: defined({ type, ssh_key: sshKey, passphrase: passphrase || undefined }),
        problems: /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(sshKey.trimStart())
          ? []
          : [{ field: 'credentials.ssh_key', message: 'is no private key in OpenSSH or PEM form' }],
      }
    default:
      return {
        secret: null,
        problems: [{ field: 'credentials.type', message: 'must be token, userpass, ssh or none' }],
      }
  }
}

function textProblems(field: string, text: string): Problem[] {
  if (text === '') return [{ field: `credentials.${field}`, message: 'is missing' }]
  // eslint-disable-next-line no-control-regex
  return /[\u0000-\u001f\u007f]/.test(text)
    ? [{ field: `credentials.${field}`, message: 'holds a line break or another control character' }]
    : []
}

/** Where the webhook secret of a repository lies; ids hold no colon. */
export const webhookSecretId = (repositoryId: string): string => `webhook:${repositoryId}`

type Vault = Pick<Dependencies, 'log' | 'installationKey'>

/** Keeps a secret sealed; true when it is another than the one before. Compared by digest, so nothing is unsealed into a log or error. */
export async function putSecret(vault: Vault, id: string, purpose: string, secret: string): Promise<boolean> {
  const body = Buffer.from(secret)
  const key = sealKey(vault.installationKey, purpose)
  const standing = await getCredential(vault.log, id)
  if (standing !== undefined && key.digest(key.unseal(standing)) === key.digest(body)) return false
  await putCredential(vault.log, id, key.seal(body))
  return true
}

/** The secret; undefined when there is none. */
export async function getSecret(vault: Vault, id: string, purpose: string): Promise<string | undefined> {
  const sealed = await getCredential(vault.log, id)
  return sealed && Buffer.from(sealKey(vault.installationKey, purpose).unseal(sealed)).toString('utf8')
}

export async function deleteSecret({ log }: Vault, id: string): Promise<void> {
  await deleteCredential(log, id)
}

export function credentialType(secret: Secret | null): CredentialType | null {
  return secret?.type ?? null
}
