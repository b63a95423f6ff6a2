import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mostDangerousFirst } from '../src/impact-rules/assess-changes.ts'
import { impactRules } from '../src/impact-rules/impact-rules.ts'

test('docs/plans.md tells every rule of impact, the worst first', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/plans.md'), 'utf8')
  const table = /<!-- table: impact -->\n([^]*?)\n## /.exec(page)?.[1] ?? ''
  const rows = table
    .split('\n')
    .filter((line) => line.includes('`'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
  // The order of columns is the page's own.
  const told = rows.map((cells) => cells.filter((cell) => cell !== '').toSorted())
  expect(told).toEqual(
    mostDangerousFirst(impactRules).map(({ name, impact, when }) => [name, impact, bare(when)].toSorted()),
  )
})

function bare(text: string): string {
  return text.replaceAll('`', '')
}
