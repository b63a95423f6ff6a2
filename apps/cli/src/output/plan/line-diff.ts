export type DiffLine = { readonly sign: ' ' | '-' | '+'; readonly text: string }

/** Beyond this many lines on both sides the middle is shown as taken out and put in. */
const mostCells = 1_000_000

/** The lines of two texts: what stays, what goes and what comes. */
export function lineDiff(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++
  const stays = (lines: readonly string[]) => lines.map((text): DiffLine => ({ sign: ' ', text }))
  return [
    ...stays(before.slice(0, start)),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...stays(before.slice(before.length - end)),
  ]
}

function middle(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const [goes, comes] = [(text = ''): DiffLine => ({ sign: '-', text }), (text = ''): DiffLine => ({ sign: '+', text })]
  if (before.length * after.length > mostCells) return [...before.map(goes), ...after.map(comes)]
  const columns = after.length + 1
  const common = new Uint32Array((before.length + 1) * columns)
  const at = (row: number, column: number) => common[row * columns + column] ?? 0
  for (let row = before.length - 1; row >= 0; row--)
    for (let column = after.length - 1; column >= 0; column--)
      common[row * columns + column] =
        before[row] === after[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1))
  const lines: DiffLine[] = []
  let [row, column] = [0, 0]
  while (row < before.length && column < after.length) {
    if (before[row] === after[column]) {
      lines.push({ sign: ' ', text: before[row++] ?? '' })
      column++
    } else if (at(row + 1, column) >= at(row, column + 1)) lines.push(goes(before[row++]))
    else lines.push(comes(after[column++]))
  }
  return [...lines, ...before.slice(row).map(goes), ...after.slice(column).map(comes)]
}
