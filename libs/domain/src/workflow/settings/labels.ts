import type { Problem } from '../../checked.ts'

/** What people tell workflows apart by, with the syntax of Kubernetes: `app: shop`, `example.org/team: web`. */
export type Labels = Readonly<Record<string, string>>

const labelsAtMost = 32
const namePattern = /^[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/
const prefixPattern = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

export function workflowLabels(request: Labels, refuse: (problem: Problem) => void): Labels {
  const entries = Object.entries(request)
  for (const [key, value] of entries) {
    if (!isLabelKey(key))
      refuse({ field: `labels.${key}`, message: 'is no label: write a name such as team, or example.org/team' })
    if (!isLabelValue(value))
      refuse({
        field: `labels.${key}`,
        message: `${JSON.stringify(value)} is no value: at most 63 letters, digits, - _ .`,
      })
  }
  if (entries.length > labelsAtMost) refuse({ field: 'labels', message: `are more than ${labelsAtMost}` })
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

export function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/')
  return (slash < 0 || prefixPattern.test(key.slice(0, slash))) && namePattern.test(key.slice(slash + 1))
}

/** A value may be empty. */
export function isLabelValue(value: string): boolean {
  return value === '' || namePattern.test(value)
}
