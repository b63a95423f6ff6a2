/** What an unquoted scalar may stand for. */
export type ScalarValue = null | boolean | number | bigint | string

/** A scalar that JSON cannot carry, or that is not of the type that its tag states. */
export class ScalarError extends Error {
  override readonly name = 'ScalarError'
}

const words: ReadonlyMap<string, ScalarValue> = new Map<string, ScalarValue>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
])
const notFinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const integer = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const lowest = -(2n ** 63n)
const highest = 2n ** 64n - 1n

/**
 * The value of an unquoted scalar as kubectl reads it (sigs.k8s.io/yaml: YAML 1.1 words, `0755` octal, underscores in
 * numbers; times and `1:30` stay text). Integers beyond 2^53 are bigints. Throws ScalarError for infinity and NaN.
 */
export function resolveScalar(text: string): ScalarValue {
  const word = words.get(text)
  if (word !== undefined) return word
  const first = text.charCodeAt(0)
  const isDigitOrSign = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d
  if (!isDigitOrSign && first !== 0x2e) return text
  if (notFinite.test(text)) throw new ScalarError(`${text} is no number that JSON can carry`)
  if (first === 0x2e) return finite(text) ?? text
  const plain = text.replaceAll('_', '')
  return resolveInteger(plain) ?? finite(plain) ?? text
}

function resolveInteger(text: string): number | bigint | undefined {
  const [, sign, hex, binary, octal, decimal] = integer.exec(text) ?? []
  const digits = hex ? `0x${hex}` : binary ? `0b${binary}` : octal ? `0o${octal}` : decimal
  if (digits === undefined) return undefined
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits)
  if (value < lowest || value > highest || (sign === '+' && value >= 2n ** 63n)) return undefined
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function finite(text: string): number | undefined {
  if (!float.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** The value of a scalar that carries a tag, such as `!!str 12`. Throws ScalarError when the text does not fit. */
export function resolveTagged(tag: string, text: string): ScalarValue {
  const kind = tag.startsWith('tag:yaml.org,2002:') ? tag.slice('tag:yaml.org,2002:'.length) : ''
  if (kind === 'binary') return decodeBase64(text)
  if (kind !== 'int' && kind !== 'float' && kind !== 'bool' && kind !== 'null') return text
  const value = resolveScalar(text)
  const fits =
    (kind === 'null' && value === null) ||
    (kind === 'bool' && typeof value === 'boolean') ||
    (kind === 'int' && resolveInteger(text.replaceAll('_', '')) !== undefined) ||
    (kind === 'float' && (typeof value === 'bigint' || typeof value === 'number'))
  if (!fits) throw new ScalarError(`the value is not a !!${kind}`)
  return value
}

function decodeBase64(text: string): string {
  const packed = text.replaceAll(/\s/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed) || packed.length % 4 !== 0) throw new ScalarError('!!binary is not base64')
  return Buffer.from(packed, 'base64').toString('utf8')
}
