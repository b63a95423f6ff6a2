import { createDecipheriv } from 'node:crypto'
import { SopsError } from './sops-error.ts'

export type ValueType = 'str' | 'int' | 'float' | 'bool' | 'bytes' | 'time'

export type OpenedValue = { readonly type: ValueType; readonly bytes: Buffer }

const types: ReadonlySet<string> = new Set(['str', 'int', 'float', 'bool', 'bytes', 'time'])
const forms: ReadonlyMap<string, RegExp> = new Map([
  ['int', /^[-+]?\d{1,30}$/],
  ['float', /^(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?|[-+]Inf|NaN)$/],
  ['bool', /^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/],
])
const form = /^ENC\[AES256_GCM,data:([^,]+),iv:([^,]+),tag:([^,]+),type:([a-z]+)\]$/

/** Whether a text looks like a value that SOPS encrypted. */
export function isEncryptedValue(text: string): boolean {
  return text.startsWith('ENC[AES256_GCM,') && form.test(text)
}

/**
 * Opens `ENC[AES256_GCM,…]`, bound to the place where it stands (`data:password:`). Throws SopsError with `where` in it,
 * never with the value.
 */
export function openValue(text: string, key: Uint8Array, place: string, where: string, line = 0): OpenedValue {
  const [, data, iv, tag, type = ''] = form.exec(text) ?? []
  if (data === undefined || iv === undefined || tag === undefined)
    throw new SopsError(`${where} is not encrypted, although the rules of the file say so`, 'run sops --encrypt', line)
  if (type === 'comment')
    throw new SopsError(`${where} is a comment in the place of a value`, 'encrypt the file again with sops', line)
  if (!types.has(type)) throw new SopsError(`${where} has a type that is not known`, 'use a released sops', line)
  const bytes = decrypt([data, iv, tag].map(decodeBase64), key, place, where, line)
  // The type is not part of what is authenticated.
  if (!(forms.get(type)?.test(bytes.toString()) ?? true))
    throw new SopsError(`${where} is not of the type that is stated`, 'encrypt the value again with sops', line)
  return { type: type as ValueType, bytes }
}

function decrypt(
  [data, iv, tag]: readonly Buffer[],
  key: Uint8Array,
  place: string,
  where: string,
  line: number,
): Buffer {
  try {
    if (data === undefined || iv === undefined || tag?.length !== 16) throw new Error('malformed')
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })
    decipher.setAAD(Buffer.from(place)).setAuthTag(tag)
    return Buffer.concat([decipher.update(data), decipher.final()])
  } catch {
    throw new SopsError(
      `${where} was changed after it was encrypted, or moved to another key`,
      'restore the file, or encrypt the value again with sops',
      line,
    )
  }
}

function decodeBase64(text: string): Buffer {
  return Buffer.from(text, 'base64')
}
