import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { repositoryConfig } from '../src/repository.ts'
import type { RepositoryRequest } from '../src/repository.ts'
import { workflowConfig } from '../src/workflow/settings/config.ts'
import type { WorkflowRequest } from '../src/workflow/settings/config.ts'
import { onUnhealthy, rollsBackOn } from '../src/workflow/decisions/rollback-decisions.ts'
import { repositoryCases, url, workflowCases } from './setting-cases.ts'
import type { SettingCase } from './setting-cases.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/defaults.md'), 'utf8')

/** The rows of the first table after a line, without its head; the cells as they are written. */
function rowsAfter(line: string): readonly (readonly string[])[] {
  const [, rest = ''] = page.split(`\n${line}\n`)
  const lines = rest.split('\n')
  const first = lines.findIndex((text) => text.startsWith('|'))
  const table = lines.slice(first)
  const end = table.findIndex((text) => !text.startsWith('|'))
  const cellsOf = (text: string) =>
    text
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  return table.slice(2, end < 0 ? table.length : end).map(cellsOf)
}

/** The names of the settings of a table with the default that is shown for each. */
function settingsAfter(heading: string): readonly (readonly [string, string])[] {
  return rowsAfter(heading).flatMap(([names = '', shown = '']) =>
    names.split(', ').map((name) => [name.replaceAll('`', ''), shown] as const),
  )
}

type Checked<Config> =
  { readonly ok: true; readonly value: Config } | { readonly ok: false; readonly problems: readonly unknown[] }

function accepted<Config>(checked: Checked<Config>): Config {
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  return checked.value
}

const workflowOf = (say: Partial<WorkflowRequest>) => accepted(workflowConfig({ repository: 'shop', ...say }))
const repositoryOf = (say: Partial<RepositoryRequest>) => accepted(repositoryConfig({ url, ...say }))

/** What a setting that is not said is made of. */
const derivedFrom: Readonly<Record<string, readonly string[]>> = {
  id: ['url', 'branch', 'target_path', 'destination.cluster', 'destination.namespace'],
  name: ['id', 'target_path', 'destination.cluster', 'destination.namespace'],
}

describe.each([
  { heading: '## Repository', cases: repositoryCases, make: repositoryOf as (say: object) => object },
  { heading: '## Workflow', cases: workflowCases, make: workflowOf as (say: object) => object },
])('docs/defaults.md, $heading', ({ heading, cases, make }) => {
  const told = settingsAfter(heading)
  const known: readonly [string, SettingCase<never, never>][] = Object.entries(cases)

  test('tells every setting once, and each row has a case', () => {
    expect(told.map(([name]) => name)).toEqual(known.map(([name]) => name))
  })

  test.each(known)('%s has the default that the page shows', (name, { shown, read, value }) => {
    expect(new Map(told).get(name)).toBe(shown)
    expect(read(make({}) as never)).toEqual(value)
  })

  test.each(known)(
    'what is said of %s wins over its default, and changes no other setting',
    (name, { read, say, said }) => {
      const [before, after] = [make({}), make(say)]
      expect(read(after as never)).toEqual(said)
      const others = known.filter(([other]) => other !== name && !(derivedFrom[other] ?? []).includes(name))
      const valuesIn = (config: object) =>
        others.map(([other, { read: readOther }]) => [other, readOther(config as never)])
      expect(valuesIn(after)).toEqual(valuesIn(before))
    },
  )
})

test('no setting of a workflow is missing from the page', () => {
  const namesOf = (value: object, path = ''): readonly string[] =>
    Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
      const name = `${path}${key.replace(/_ms$/, '')}`
      if (name === 'source.decryption') return ['decryption key']
      const isLeaf =
        typeof inner !== 'object' || inner === null || Array.isArray(inner) || Object.keys(inner).length === 0
      return isLeaf ? [name] : namesOf(inner, `${name}.`)
    })
  const settings = namesOf(workflowOf({})).filter((name) => name !== 'repository')
  expect(settings.toSorted()).toEqual(Object.keys(workflowCases).toSorted())
})

describe('docs/defaults.md, what happens when a sync fails', () => {
  const rows = rowsAfter('What happens when a sync fails after its first write:')
  const modes = [null, 'ignore', 'fail', 'rollback'] as const

  test('tells every mode with and without rollback_on_failure', () => {
    const wanted = modes.flatMap((mode) =>
      [false, true].map((rolls) => [mode === null ? 'not set' : `\`${mode}\``, `\`${rolls}\``]),
    )
    expect(rows.map((row) => row.slice(0, 2))).toEqual(wanted)
  })

  test.each(rows.map(([mode = '', rolls = '', health = '', other = '']) => ({ mode, rolls, health, other })))(
    'failure_mode $mode, rollback_on_failure $rolls',
    ({ mode, rolls, health, other }) => {
      const failure_mode = mode === 'not set' ? null : mode.replaceAll('`', '')
      const config = workflowOf({
        rollback_on_failure: rolls === '`true`',
        sync_policy: { health_check: { failure_mode } },
      })
      const texts = {
        ignore: 'the sync succeeds, the workflow is `degraded`',
        fail: 'the sync fails',
        rollback: 'the sync fails and is rolled back',
      }
      expect(texts[onUnhealthy(config)]).toBe(health)
      expect(rollsBackOn('health', config)).toBe(health.includes('rolled back'))
      for (const stage of ['apply', 'prune', 'hook'] as const)
        expect([stage, rollsBackOn(stage, config)]).toEqual([stage, other.includes('rolled back')])
      for (const stage of ['source', 'render', 'plan', 'approval', 'cancelled'] as const)
        expect([stage, rollsBackOn(stage, config)]).toEqual([stage, false])
    },
  )
})
