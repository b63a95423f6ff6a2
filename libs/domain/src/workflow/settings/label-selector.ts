import { isLabelKey, isLabelValue } from './labels.ts'
import type { Labels } from './labels.ts'

/** One requirement of a selector; values are missing for `exists` and `absent`. */
export type Requirement =
  | { readonly key: string; readonly operator: 'in' | 'notin'; readonly values: readonly string[] }
  | { readonly key: string; readonly operator: 'exists' | 'absent' }

/** All of its requirements have to be met; an empty one is met by everything. */
export type LabelSelector = readonly Requirement[]

export type ParsedSelector =
  { readonly ok: true; readonly selector: LabelSelector } | { readonly ok: false; readonly problem: string }

const longestSelector = 4_096

/** Reads a selector as kubectl writes it: `app=shop,tier!=test`, `environment in (staging, production)`, `team`, `!legacy`. */
export function parseSelector(text: string): ParsedSelector {
  if (text.length > longestSelector) return { ok: false, problem: `is longer than ${longestSelector} characters` }
  const selector: Requirement[] = []
  for (const part of partsOf(text)) {
    const requirement = requirementOf(part)
    if (typeof requirement === 'string') return { ok: false, problem: requirement }
    selector.push(requirement)
  }
  return { ok: true, selector }
}

/** As kubectl has it, a label that is missing is also none of some values. */
export function matchesLabels(selector: LabelSelector, labels: Labels): boolean {
  return selector.every((requirement) => {
    const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined
    switch (requirement.operator) {
      case 'exists':
        return value !== undefined
      case 'absent':
        return value === undefined
      case 'in':
        return value !== undefined && requirement.values.includes(value)
      case 'notin':
        return value === undefined || !requirement.values.includes(value)
    }
  })
}

/** Splits at commas outside of brackets. */
function partsOf(text: string): readonly string[] {
  if (text.trim() === '') return []
  return text.split(/,(?![^(]*\))/).map((part) => part.trim())
}

function requirementOf(part: string): Requirement | string {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part)
  const [, setKey = '', operator = 'in', list = ''] = set ?? []
  if (set !== null)
    return checked({
      key: setKey,
      operator: operator === 'in' ? 'in' : 'notin',
      values: list.split(',').map((value) => value.trim()),
    })
  const equality = /^([^\s=!]+)\s*(==|=|!=)\s*(\S*)$/.exec(part)
  const [, key = '', sign = '=', value = ''] = equality ?? []
  if (equality !== null) return checked({ key, operator: sign === '!=' ? 'notin' : 'in', values: [value] })
  return part.startsWith('!')
    ? checked({ key: part.slice(1).trim(), operator: 'absent' })
    : checked({ key: part, operator: 'exists' })
}

function checked(requirement: Requirement): Requirement | string {
  const { key } = requirement
  if (!isLabelKey(key))
    return `${JSON.stringify(key)} is no label: write app=shop, app!=shop, app in (a, b), app notin (a, b), app or !app, separated by commas`
  const wrong = 'values' in requirement ? requirement.values.find((value) => !isLabelValue(value)) : undefined
  return wrong === undefined ? requirement : `${JSON.stringify(wrong)} is no value of the label ${key}`
}
