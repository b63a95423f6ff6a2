import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mostDangerousFirst } from '../src/assess-changes.ts'
import { impactRules } from '../src/impact-rules/impact-rules.ts'

test('docs/plans.md tells every rule of impact, the worst first', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/plans.md'), 'utf8')
  const table = /<!-- table: impact -->\n([^]*?)\n## /.exec(page)?.[1] ?? ''
  const told = [...table.matchAll(/^\| `([^`]+)` +\| (\w+) +\| (.*?) +\|$/gm)].map((row) => row.slice(1))
  expect(told).toEqual(mostDangerousFirst(impactRules).map(({ name, impact, when }) => [name, impact, when]))
})
