import { resolveScalar, ScalarError } from '../resolve-scalar.ts'

const constants: ReadonlyMap<string, string | null> = new Map<string, string | null>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, 'True'] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, 'False'] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, 'NaN'] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, '+Inf'] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, '-Inf'] as const),
])
const time = /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt ](\d\d?):(\d\d?):(\d\d?)(\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/

/**
 * The text that SOPS puts into its MAC for a scalar without quotes and tag in a YAML file (yaml.v3: YAML 1.2 words,
 * octal `0755`, times); null for nothing.
 */
export function goYamlText(text: string): string | null {
  const constant = constants.get(text)
  if (constant !== undefined) return constant
  const moment = timeText(text)
  if (moment !== undefined) return moment
  if (!/^[-+.\d]/.test(text)) return text
  try {
    const value = resolveScalar(text)
    return typeof value === 'number' || typeof value === 'bigint' ? numberText(value, text) : text
  } catch (error) {
    if (error instanceof ScalarError) return text
    throw error
  }
}

/** The same for JSON; texts in quotes are themselves. */
export function goJsonText(text: string): string | null {
  if (text === 'null') return null
  if (text === 'true') return 'True'
  if (text === 'false') return 'False'
  if (!/^-?\d+$/.test(text)) return numberText(Number(text), text)
  const integer = BigInt(text)
  return BigInt.asIntN(64, integer) === integer ? integer.toString() : numberText(Number(text), text)
}

/** As Go's FormatFloat(value, 'f', -1, 64): the shortest digits, never an exponent. */
export function numberText(value: number | bigint, source: string): string {
  if (typeof value === 'bigint') return value.toString()
  if (Object.is(value, -0)) return /[.eE]/.test(source) ? '-0' : '0'
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? []
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length)
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

function timeText(text: string): string | undefined {
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = time.exec(text) ?? []
  if (year === undefined || month === undefined || day === undefined) return undefined
  const two = (part: string) => part.padStart(2, '0')
  const isDate = !Number.isNaN(Date.parse(`${year}-${two(month)}-${two(day)}`)) && Number(hour) < 24
  if (!isDate) return undefined
  const rest = fraction.replace(/\.?0+$/, '')
  const shift = zone === '+00:00' ? 'Z' : zone
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${rest}${shift}`
}
