import { isRecord } from '../json/json.ts'
import { readQuantity } from '../object/quantity.ts'
import type { ImpactRule } from './impact-rule.ts'
import { at, numberAt, some } from './subject.ts'

/** How much may run. */
export const capacityRules: readonly ImpactRule[] = [
  {
    name: 'autoscaler-lowered',
    impact: 'medium',
    when: 'a HorizontalPodAutoscaler may start fewer pods than before',
    types: ['update', 'replace'],
    kinds: ['autoscaling/HorizontalPodAutoscaler'],
    finds: ({ before, after }) => {
      const [old, now] = [numberAt(before, 'spec', 'maxReplicas'), numberAt(after, 'spec', 'maxReplicas')]
      return old !== undefined && now !== undefined && now < old
        ? `at most ${now} replicas instead of ${old}`
        : undefined
    },
  },
  {
    name: 'quota-lowered',
    impact: 'medium',
    when: 'a ResourceQuota allows less than before, or limits something more',
    types: ['update', 'replace'],
    kinds: ['/ResourceQuota'],
    finds: ({ before, after }) => {
      const [old, now] = [at(before, 'spec', 'hard'), at(after, 'spec', 'hard')]
      if (!isRecord(now)) return undefined
      const lowered = Object.keys(now).filter((name) => {
        const [limit, newLimit] = [amount(at(old, name)), amount(now[name])]
        return newLimit !== undefined && (limit === undefined || newLimit < limit)
      })
      return lowered.length > 0 ? `allows ${some(lowered.map((name) => `${name} ${String(now[name])}`))}` : undefined
    },
  },
  {
    name: 'disruption-budget-loosened',
    impact: 'medium',
    when: 'a PodDisruptionBudget lets more pods be evicted at once',
    types: ['update', 'replace'],
    kinds: ['policy/PodDisruptionBudget'],
    finds: ({ before, after }) => {
      const [kept, keptNow] = [before, after].map((budget) => at(budget, 'spec', 'minAvailable'))
      const [away, awayNow] = [before, after].map((budget) => at(budget, 'spec', 'maxUnavailable'))
      if (isLower(keptNow, kept)) return `keeps ${String(keptNow)} of its pods instead of ${String(kept)}`
      if (isLower(away, awayNow)) return `lets ${String(awayNow)} of its pods be away instead of ${String(away)}`
      return kept !== undefined && keptNow === undefined && awayNow === undefined ? 'keeps none of its pods' : undefined
    },
  },
]

function amount(value: unknown): bigint | undefined {
  return typeof value === 'string' || typeof value === 'number' ? readQuantity(String(value)) : undefined
}

/** Whether one number, or one share, is lower than another; a number and a share cannot be compared. */
function isLower(value: unknown, than: unknown): boolean {
  if (typeof value === 'number' && typeof than === 'number') return value < than
  const isShare = (text: unknown): text is string => typeof text === 'string' && text.endsWith('%')
  return isShare(value) && isShare(than) && Number.parseInt(value, 10) < Number.parseInt(than, 10)
}
