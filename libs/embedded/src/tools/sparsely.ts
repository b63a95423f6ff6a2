/** Hands on the first line of each kind, and after that at most one of a kind per interval: a build log stays readable. */
export function sparsely(tell: (line: string) => void, intervalMs = 10_000): (kind: string, line: string) => void {
  const last = new Map<string, number>()
  return (kind, line) => {
    const now = performance.now()
    if (now - (last.get(kind) ?? -Infinity) < intervalMs) return
    last.set(kind, now)
    tell(line)
  }
}
