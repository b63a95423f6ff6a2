import { cleanLine } from './clean.ts'

export type Column<Row> = {
  readonly title: string
  readonly value: (row: Row) => string
}

/** Columns that are aligned, without lines; the last one is not filled up. Wider than `width`, the last one is cut. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width = Number.POSITIVE_INFINITY,
): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => cleanLine(value(row)) || '-')),
  ]
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)))
  return cells
    .map((row) => {
      const line = row
        .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
        .join('   ')
      return `${line.length > width ? `${line.slice(0, width - 1)}…` : line}\n`
    })
    .join('')
}

export type Pairs = readonly (readonly [name: string, value: string])[]

/** `Name:  value` lines, aligned; those without a value are left out. */
export function fields(pairs: Pairs): string {
  const shown = pairs.filter(([, value]) => value !== '')
  const width = Math.max(...shown.map(([name]) => name.length)) + 1
  return shown.map(([name, value]) => `${titled(name).padEnd(width)}  ${cleanLine(value)}\n`).join('')
}

/** A line without a name goes on with what the one before it tells. */
function titled(name: string): string {
  return name === '' ? '' : `${name}:`
}
