import { expect, test } from 'vitest'
import { fields, table } from './table.ts'

const columns = [
  { title: 'ID', value: ([id]: readonly string[]) => id ?? '' },
  { title: 'REASON', value: ([, reason]: readonly string[]) => reason ?? '' },
]

test('columns are aligned, empty cells have a dash, and nothing controls the terminal', () => {
  expect(
    table(
      [
        ['short', ''],
        ['a-longer-one', 'x\u001b[2Jy\nz'],
      ],
      columns,
    ),
  ).toBe('ID             REASON\nshort          -\na-longer-one   x[2Jy z\n')
})

test('a line is cut at the width of the terminal', () => {
  expect(table([['id', 'a long reason']], columns, 10)).toBe('ID   REAS…\nid   a lo…\n')
})

test('fields without a value are left out', () => {
  expect(
    fields([
      ['ID', 'shop'],
      ['Proxy', ''],
      ['Branch', 'main'],
    ]),
  ).toBe('ID:      shop\nBranch:  main\n')
})
