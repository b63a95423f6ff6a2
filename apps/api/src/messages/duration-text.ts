const units = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** A setting as people write it: `5m`, `1h30m`, `1.5s`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 60_000) return `${milliseconds / 1_000}s`
  let left = milliseconds
  let text = ''
  for (const [unit, size] of units) {
    const count = unit === 's' ? left / size : Math.floor(left / size)
    if (count > 0) text += `${count}${unit}`
    left -= count * size
  }
  return text
}
