import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { assessChanges } from '../src/impact-rules/assess-changes.ts'
import { createChange, deleteChange, updateChange } from '../src/plan/change.ts'
import type { ChangeDraft } from '../src/plan/change.ts'
import { impactRuleNames, impactRules } from '../src/impact-rules/impact-rules.ts'
import type { KubernetesObject } from '../src/object/object-ref.ts'
import type { Change, Effect } from '../src/plan/plan.ts'

// Each rule has a file of cases, testdata/impact/<name>.yaml. In a case `object` is what both states share.
type Case = {
  readonly title: string
  readonly object?: object
  readonly before?: object
  readonly after?: object
  readonly replaces?: true
  /** Objects that the same plan creates. */
  readonly beside?: readonly KubernetesObject[]
  readonly owned?: number
  /** How many objects the plan deletes, this one included. */
  readonly deleted?: number
  /** The reason; null where the rule does not hold. */
  readonly text: string | null
  readonly effects?: readonly Effect[]
}

const folder = join(import.meta.dirname, '../testdata/impact')
const cases = globSync('*.yaml', { cwd: folder })
  .toSorted()
  .flatMap((file) =>
    (parse(readFileSync(join(folder, file), 'utf8')) as readonly Case[]).map((each) => ({
      rule: basename(file, '.yaml'),
      ...each,
    })),
  )

const asIs = (value: string) => value

function drafts({ object, before, after, replaces, deleted = 1, beside = [] }: Case): readonly ChangeDraft[] {
  const [old, now] = [before, after].map((state) => state && ({ ...object, ...state } as KubernetesObject))
  const parts = [
    old && (now === undefined || replaces) && deleteChange(old, asIs),
    now && (old === undefined || replaces) && createChange(now, asIs),
    old && now && !replaces && updateChange(old, now, asIs, everything),
  ]
  const others = Array.from({ length: deleted - 1 }, (_, at) =>
    deleteChange({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `other-${at}` } }, asIs),
  )
  return [
    ...parts.filter((part) => typeof part === 'object').map((part) => ({ ...part, ...(replaces && { replaces }) })),
    ...others,
    ...beside.map((each) => createChange(each, asIs)),
  ]
}

/** What differs, as far as rules look at it: whole fields of the object, and those of its metadata one by one. */
function everything(before: KubernetesObject, after: KubernetesObject): Change['fields'] {
  const fields = (prefix: string, old: object, now: object) =>
    [...new Set([...Object.keys(old), ...Object.keys(now)])]
      .map((name) => ({ path: `${prefix}${name}`, before: Reflect.get(old, name), after: Reflect.get(now, name) }))
      .filter((field) => JSON.stringify(field.before) !== JSON.stringify(field.after))
  const { metadata, ...rest } = before
  const { metadata: newMetadata, ...newRest } = after
  return [...fields('metadata.', metadata, newMetadata), ...fields('', rest, newRest)]
}

test.each(cases)('$rule: $title', (each) => {
  const { rule, text, effects, owned = 100 } = each
  // As high as can be, so that also the most general reason is told.
  const [first] = assessChanges(drafts(each), { overrides: { [rule]: 'critical' }, owned })
  expect({
    text: first?.reasons.find((reason) => reason.rule === rule)?.text ?? null,
    ...(effects && { effects: first?.effects }),
  }).toEqual({ text, ...(effects && { effects }) })
})

test.each(impactRules)('$name has cases that hold and cases that do not', ({ name }) => {
  const own = cases.filter(({ rule }) => rule === name)
  expect(own.some(({ text }) => text !== null)).toBe(true)
  expect(own.some(({ text }) => text === null)).toBe(true)
})

test('every file of cases is about a rule, and no two rules share a name', () => {
  expect([...new Set(cases.map(({ rule }) => rule))].filter((rule) => !impactRuleNames.has(rule))).toEqual([])
  expect(impactRuleNames.size).toBe(impactRules.length)
})
