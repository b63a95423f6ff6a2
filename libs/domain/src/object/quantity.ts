const factors: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

/** A Kubernetes quantity in billionths, `500m` as 500,000,000; undefined if the text is none. */
export function readQuantity(text: string): bigint | undefined {
  const [, sign = '', whole = '', fraction = '', suffix = ''] =
    /^([+-]?)(\d*)(?:\.(\d*))?((?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?)$/.exec(text) ?? []
  if (whole === '' && fraction === '') return undefined
  // No amount of anything has so many digits, and reading them would take for ever.
  if (text.length > 64 || /[eE].{4}/.test(suffix)) return undefined
  const power = binary.indexOf(suffix) + 1
  const exponent = power > 0 ? 0 : (factors[suffix] ?? Number(suffix.slice(1)))
  // More digits than a billionth has are none that the API server keeps.
  const digits = BigInt(`${whole}${fraction}` || '0')
  const shift = exponent + 9 - fraction.length
  const scaled = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift)
  const value = scaled * 1024n ** BigInt(power)
  return sign === '-' ? -value : value
}

/** The sum of two quantities, in the words of the second where that is exact; undefined if one of them is none. */
export function addQuantities(a: string, b: string): string | undefined {
  const [left, right] = [readQuantity(a), readQuantity(b)]
  if (left === undefined || right === undefined) return undefined
  const sum = left + right
  for (const [index, suffix] of binary.entries()) {
    if (!b.endsWith(suffix)) continue
    const unit = 1_000_000_000n * 1024n ** BigInt(index + 1)
    if (sum % unit === 0n) return `${sum / unit}${suffix}`
  }
  if (sum % 1_000_000_000n === 0n) return String(sum / 1_000_000_000n)
  return sum % 1_000_000n === 0n ? `${sum / 1_000_000n}m` : `${sum}n`
}

/** Whether two values are the same amount, though written in another way: `1000m` and `1`, `1` and 1. */
export function sameQuantity(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if ((typeof a !== 'string' && typeof a !== 'number') || (typeof b !== 'string' && typeof b !== 'number')) return false
  const [left, right] = [readQuantity(String(a)), readQuantity(String(b))]
  return left !== undefined && left === right
}
