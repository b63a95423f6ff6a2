import { parseSelector, type LabelSelector } from '@plimsoll/domain'
import { invalid } from '../refusal-error.ts'

/** Which workflows are asked for, by their labels. @throws RefusalError for what is no selector */
export function selectedLabels(text: string): LabelSelector {
  const parsed = parseSelector(text)
  if (parsed.ok) return parsed.selector
  throw invalid([{ field: 'selector', message: parsed.problem }])
}

/** What of a selector the store can look for: labels of exactly one value. */
export function equalLabels(selector: LabelSelector): Readonly<Record<string, string>> {
  const entries = selector.flatMap((requirement) => {
    const [only, ...others] = requirement.operator === 'in' ? requirement.values : []
    return only === undefined || others.length > 0 ? [] : [[requirement.key, only] as const]
  })
  return Object.fromEntries(entries)
}
