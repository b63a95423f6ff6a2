import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { impactRules, impacts } from '@plimsoll/domain'
import { format } from 'prettier'
import { expect, test } from 'vitest'

const page = join(import.meta.dirname, '..', '..', '..', 'docs', 'plans.md')
const block = /(?<=<!-- table: impact -->\n\n)[^]*?\n(?=\n##)/

test('docs/plans.md has each rule of impact', async () => {
  const rows = impactRules
    .toSorted((a, b) => impacts.indexOf(b.impact) - impacts.indexOf(a.impact))
    .map(({ name, impact, when }) => `| ${impact} | \`${name}\` | ${when.replaceAll('|', '\\|')} |`)
  const table = await format(['| impact | rule | holds when |', '| --- | --- | --- |', ...rows].join('\n'), {
    parser: 'markdown',
  })
  const text = await readFile(page, 'utf8')
  if (process.env['PLIMSOLL_WRITE_DOCS'] === '1')
    await writeFile(
      page,
      text.replace(block, () => table),
    )
  expect(block.exec(await readFile(page, 'utf8'))?.[0]).toBe(table)
})
