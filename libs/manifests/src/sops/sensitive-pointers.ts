import type { KubernetesObject } from '@plimsoll/domain'
import type { ManifestError } from '../manifest-error.ts'
import type { DecryptedValue } from './decrypt-sops.ts'
import { isEncryptedValue } from './encrypted-value.ts'

/**
 * JSON pointers of those values in an object of a decrypted plain file that were encrypted: exact, but for two objects of
 * one file that hold the same value in the same place.
 */
export function sensitivePointers(object: KubernetesObject, decrypted: readonly DecryptedValue[]): readonly string[] {
  const pointers = decrypted.flatMap(({ pointer, value }) => {
    // What stood in a List has its own pointers now.
    const candidates = [pointer, pointer.replace(/^(?:\/items\/\d+)+/, '')]
    return candidates.filter((candidate) => isValue(valueAt(object, candidate), value))
  })
  return [...new Set(pointers)].filter((pointer) => !isIdentity(pointer))
}

/**
 * JSON pointers of every leaf that is, or holds, one of the decrypted values, also in base64; for what Kustomize and
 * Helm made of decrypted files. Rather one too many than one too few: with them goes every digest that may be of one.
 */
export function sensitiveByValue(object: KubernetesObject, decrypted: readonly DecryptedValue[]): readonly string[] {
  const values = valuesOf(decrypted)
  if (values.whole.size === 0) return []
  const pointers: string[] = []
  visit(object, '', (leaf, pointer) => {
    if (!isIdentity(pointer) && isTold(leaf, values)) pointers.push(pointer)
  })
  return pointers
}

/** Takes every decrypted value, and what may be a digest of one, out of what a program said. */
export function hideDecrypted(
  errors: readonly ManifestError[],
  decrypted: readonly DecryptedValue[],
): readonly ManifestError[] {
  const values = valuesOf(decrypted)
  if (values.whole.size === 0) return errors
  const parts = values.parts.toSorted((a, b) => b.length - a.length)
  const hide = (text: string) =>
    parts
      .reduce((hidden, part) => hidden.replaceAll(part, '***'), text)
      .replaceAll(base64Run, (run) => (isTold(run, values) ? '***' : run))
  return errors.map((error) => ({ ...error, message: hide(error.message), try: hide(error.try) }))
}

/** JSON pointer of a value that SOPS encrypted and nobody has decrypted; undefined if there is none. */
export function encryptedLeaf(object: KubernetesObject): string | undefined {
  let found: string | undefined
  visit(object, '', (leaf, pointer) => {
    if (found === undefined && isEncryptedValue(leaf)) found = pointer
  })
  return found
}

type Values = { readonly whole: ReadonlySet<string>; readonly parts: readonly string[] }

// Shorter ones are part of every second word: they count only as a whole.
const shortestPart = 3
const base64Run = /[A-Za-z0-9+/_-]{4,}={0,2}/g
const digest = /\b(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})\b/i

/** What names an object cannot be hidden, and tells nothing where a whole file is encrypted. */
function isIdentity(pointer: string): boolean {
  return /^(?:\/items\/\d+)*\/(?:apiVersion|kind|type|metadata\/(?:name|namespace))$/.test(pointer)
}

function valuesOf(decrypted: readonly DecryptedValue[]): Values {
  const texts = decrypted
    .filter(({ pointer }) => !isIdentity(pointer))
    .flatMap(({ value }) => [value, value.trim(), ...value.split('\n').map((line) => line.trim())])
  const clear = [...new Set(texts)].filter((text) => text !== '')
  const encoded = clear.flatMap((text) => [
    Buffer.from(text).toString('base64'),
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
  ])
  const whole = new Set([...clear, ...encoded])
  return { whole, parts: [...whole].filter(({ length }) => length >= shortestPart) }
}

function isTold(leaf: string, { whole, parts }: Values): boolean {
  if (whole.has(leaf) || whole.has(leaf.trim()) || digest.test(leaf)) return true
  const holds = (text: string) => parts.some((part) => text.includes(part))
  return holds(leaf) || (leaf.match(base64Run) ?? []).some((run) => holds(Buffer.from(run, 'base64').toString('utf8')))
}

function visit(value: unknown, pointer: string, leaf: (text: string, pointer: string) => void): void {
  if (typeof value !== 'object' || value === null) {
    const text = textOf(value)
    if (text !== undefined) leaf(text, pointer)
    return
  }
  for (const [key, inner] of Object.entries(value)) visit(inner, `${pointer}/${escape(key)}`, leaf)
}

function valueAt(object: unknown, pointer: string): unknown {
  let value = object
  for (const part of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    value = Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined
  }
  return value
}

/** Numbers are compared as such: SOPS writes them without an exponent. */
function isValue(leaf: unknown, value: string): boolean {
  return typeof leaf === 'number' ? Number(value) === leaf : textOf(leaf) === value
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
