import { parseArgs } from 'node:util'
import { startHarness } from '@plimsoll/harness'
import { append } from './append.ts'
import { drift } from './drift.ts'
import { describeFigure } from './figure.ts'
import type { Figure } from './figure.ts'
import { firstSync } from './first-sync.ts'
import { idleWorkflows } from './idle-workflows.ts'
import { oneLineCommit } from './one-line-commit.ts'
import { planChanged, planMemory } from './plan-changed.ts'
import { rebuild } from './rebuild.ts'
import { renderChart } from './render-chart.ts'
import { rollback } from './rollback.ts'

/** `npm run bench [-- NAME…] [--json]` */
const benchmarks: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  append,
  drift: () => drift(),
  rebuild,
  'first-sync': firstSync,
  'first-sync-10k': () => firstSync(10_000, 1),
  'idle-workflows': () => idleWorkflows(),
  'one-line-commit': oneLineCommit,
  'plan-changed': planChanged,
  'plan-memory': planMemory,
  'render-chart': renderChart,
  rollback: () => rollback(),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
})
const unknown = positionals.filter((name) => !(name in benchmarks))
if (unknown.length > 0)
  throw new Error(`no benchmark ${unknown.join(', ')}: there are ${Object.keys(benchmarks).join(', ')}`)

await using harness = await startHarness()
Object.assign(process.env, harness.env)
for (const [name, measure] of Object.entries(benchmarks)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  for (const figure of await measure()) console.log(values.json ? JSON.stringify(figure) : describeFigure(figure))
}
