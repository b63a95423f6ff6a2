import { SopsError } from './sops-error.ts'

/** What SOPS wrote about a file, as texts, as far as it matters for reading it. */
export type SopsMetadata = {
  readonly age: readonly { readonly recipient: string; readonly enc: string }[]
  /** Names of other places that hold the file's key: AWS KMS, PGP, … */
  readonly others: readonly string[]
  readonly lastModified: string
  readonly mac: string
  readonly macOnlyEncrypted: boolean
  readonly rule: SopsRule
}

/** Which values of a file are encrypted, by the keys on the way to them. */
export type SopsRule = {
  readonly by: 'unencrypted_suffix' | 'encrypted_suffix' | 'unencrypted_regex' | 'encrypted_regex'
  readonly pattern: string
}

/** Data of the metadata, every scalar as its text. */
export type Texts = string | readonly Texts[] | { readonly [key: string]: Texts } | null

const otherKeys: ReadonlyMap<string, string> = new Map([
  ['kms', 'AWS KMS'],
  ['gcp_kms', 'Google Cloud KMS'],
  ['azure_kv', 'Azure Key Vault'],
  ['hc_vault', 'HashiCorp Vault'],
  ['hckms', 'Huawei Cloud KMS'],
  ['pgp', 'PGP'],
])
const rules = ['unencrypted_suffix', 'encrypted_suffix', 'unencrypted_regex', 'encrypted_regex'] as const
const commentRules = ['encrypted_comment_regex', 'unencrypted_comment_regex'] as const
const reEncrypt = 'encrypt the file again with sops'

/** Reads the metadata. Throws SopsError for what is missing, or is not supported. */
export function readMetadata(data: Texts): SopsMetadata {
  if (!isRecord(data)) throw new SopsError('its SOPS metadata is not a map', reEncrypt)
  const byComment = commentRules.find((name) => textOf(data, name) !== '')
  if (byComment !== undefined)
    throw new SopsError(`it is encrypted by ${byComment}, which is not supported`, 'choose values by encrypted_regex')
  const keys = soleGroup(data)
  const lastModified = textOf(data, 'lastmodified')
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(lastModified))
    throw new SopsError('its SOPS metadata holds no time of encryption (lastmodified)', reEncrypt)
  const mac = textOf(data, 'mac')
  if (mac === '') throw new SopsError('its SOPS metadata holds no MAC', reEncrypt)
  return {
    age: listOf(keys, 'age').map((key) => ({ recipient: textOf(key, 'recipient'), enc: textOf(key, 'enc') })),
    others: [...otherKeys].filter(([name]) => listOf(keys, name).length > 0).map(([, title]) => title),
    lastModified: lastModified.replace(/\.\d+/, '').replace(/[+-]00:00$/, 'Z'),
    mac,
    macOnlyEncrypted: textOf(data, 'mac_only_encrypted') === 'true',
    rule: ruleOf(data),
  }
}

function ruleOf(data: Texts): SopsRule {
  const given = rules.filter((name) => textOf(data, name) !== '')
  const [by = 'unencrypted_suffix'] = given
  if (given.length > 1) throw new SopsError(`it names ${given.join(' and ')}, and SOPS allows one of them`, reEncrypt)
  return { by, pattern: textOf(data, by) || '_unencrypted' }
}

/** Keys in several groups are shares of one key, all of which are needed. */
function soleGroup(data: Texts): Texts {
  const groups = listOf(data, 'key_groups')
  const [group] = groups
  if (groups.length <= 1) return group ?? data
  throw new SopsError(
    `its key is split between ${groups.length} key groups (Shamir's secret sharing), which is not supported`,
    'encrypt it with one key group that has an age key',
  )
}

function listOf(data: Texts, name: string): readonly Texts[] {
  const list = isRecord(data) ? data[name] : undefined
  return Array.isArray(list) ? list : []
}

function textOf(data: Texts, name: string): string {
  const text = isRecord(data) ? data[name] : undefined
  return typeof text === 'string' ? text : ''
}

function isRecord(data: Texts): data is { readonly [key: string]: Texts } {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}
