import { isRecord, isSecret, listKey, sameQuantity } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'

/**
 * What an apply would make of a living object, where the API server was not asked: what is sent laid over what lives. Defaults
 * stay, lists are merged by their keys, and quantities that are equal are the same. What Git no longer has stays in it.
 */
export function estimateAfter(live: KubernetesObject, sent: KubernetesObject): KubernetesObject {
  return lay(live, isSecret(sent) ? encoded(sent) : sent) as KubernetesObject
}

// Below them a text is a quantity; elsewhere `1.0` is another text than `1`.
const amounts: ReadonlySet<string> = new Set(['resources', 'limits', 'requests', 'hard', 'capacity', 'sizeLimit'])

function lay(under: unknown, over: unknown, isAmount = false): unknown {
  if (isRecord(under) && isRecord(over)) {
    const laid = Object.entries(over).map(
      ([name, value]) => [name, lay(under[name], value, isAmount || amounts.has(name))] as const,
    )
    return { ...under, ...Object.fromEntries(laid) }
  }
  if (Array.isArray(under) && Array.isArray(over)) return layList(under, over, isAmount)
  return isAmount && sameQuantity(under, over) ? under : over
}

function layList(under: readonly unknown[], over: readonly unknown[], isAmount: boolean): unknown {
  const key = listKey(under, over)
  if (key === undefined) return over
  const keyOf = (item: unknown): unknown => (isRecord(item) ? item[key] : undefined)
  const items = new Map(under.map((item) => [keyOf(item), item]))
  for (const item of over) items.set(keyOf(item), lay(items.get(keyOf(item)), item, isAmount))
  return [...items.values()]
}

function encoded({ stringData, ...secret }: KubernetesObject): KubernetesObject {
  if (!isRecord(stringData)) return secret as KubernetesObject
  const data = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')])
  return {
    ...secret,
    data: { ...(isRecord(secret['data']) ? secret['data'] : {}), ...Object.fromEntries(data) },
  } as KubernetesObject
}
