/** One line of the way from one text to another: kept, taken out, or put in. */
export type LineEdit = { readonly sign: ' ' | '-' | '+'; readonly line: string }

/**
 * The shortest way from one list of lines to another (Myers 1986), what is taken out before what is put in. Where it takes
 * more than `mostEdits` steps, all between the first and the last difference is taken out and put in: as true, and never slow.
 */
export function lineEdits(before: readonly string[], after: readonly string[], mostEdits = 1_000): LineEdit[] {
  let start = 0
  let [beforeEnd, afterEnd] = [before.length, after.length]
  while (start < beforeEnd && start < afterEnd && before[start] === after[start]) start++
  while (beforeEnd > start && afterEnd > start && before[beforeEnd - 1] === after[afterEnd - 1]) {
    beforeEnd--
    afterEnd--
  }
  const [a, b] = [before.slice(start, beforeEnd), after.slice(start, afterEnd)]
  const changed = a.length === 0 || b.length === 0 ? undefined : shortest(a, b, mostEdits)
  return [
    ...before.slice(0, start).map(kept),
    ...(changed ?? [...a.map(out), ...b.map(into)]),
    ...before.slice(beforeEnd).map(kept),
  ]
}

const kept = (line: string): LineEdit => ({ sign: ' ', line })
const out = (line: string): LineEdit => ({ sign: '-', line })
const into = (line: string): LineEdit => ({ sign: '+', line })

function shortest(a: readonly string[], b: readonly string[], mostEdits: number): LineEdit[] | undefined {
  const most = Math.min(a.length + b.length, mostEdits)
  // For each diagonal k = x - y, how far in `a` the paths of so many edits come; kept for each number of edits.
  const trace: Int32Array[] = []
  const reach = new Int32Array(2 * most + 3)
  const middle = most + 1
  for (let edits = 0; edits <= most; edits++) {
    trace.push(reach.slice(middle - edits - 1, middle + edits + 2))
    for (let k = -edits; k <= edits; k += 2) {
      const [left, right] = [reach[middle + k - 1] ?? 0, reach[middle + k + 1] ?? 0]
      let x = k === -edits || (k !== edits && left < right) ? right : left + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++
      reach[middle + k] = x
      if (x >= a.length && x - k >= b.length) return wayBack(trace, a, b)
    }
  }
  return undefined
}

function wayBack(trace: readonly Int32Array[], a: readonly string[], b: readonly string[]): LineEdit[] {
  const edits: LineEdit[] = []
  let [x, y] = [a.length, b.length]
  for (let count = trace.length - 1; count > 0; count--) {
    const reach = (k: number) => trace[count]?.[k + count + 1] ?? 0
    const k = x - y
    const isDown = k === -count || (k !== count && reach(k - 1) < reach(k + 1))
    const fromX = reach(isDown ? k + 1 : k - 1)
    const fromY = fromX - (isDown ? k + 1 : k - 1)
    for (; x > fromX && y > fromY; x--, y--) edits.push(kept(a[x - 1] ?? ''))
    edits.push(isDown ? into(b[fromY] ?? '') : out(a[fromX] ?? ''))
    ;[x, y] = [fromX, fromY]
  }
  for (; x > 0; x--) edits.push(kept(a[x - 1] ?? ''))
  return edits.reverse()
}
