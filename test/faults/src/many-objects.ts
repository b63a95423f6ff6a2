import { configMap, documents, type Project } from '@plimsoll/e2e'
import type { Cluster } from '@plimsoll/harness'

/** Files of so many ConfigMaps `item-<n>`, each with the value `x`: enough that a sync of them can be met while it runs. */
export function manyObjects(count: number, x: string): Readonly<Record<string, string>> {
  const items = Array.from({ length: count }, (_, index) => configMap(`item-${index}`, { x }))
  return { 'many.yaml': documents(...items) }
}

/** The values of `x` that the project's objects have now, and how many have each. */
export async function valuesOf(cluster: Cluster, { namespace }: Project): Promise<Readonly<Record<string, number>>> {
  const items = await cluster.list(`/api/v1/namespaces/${namespace}/configmaps`)
  const values = items
    .filter(({ metadata }) => metadata.name.startsWith('item-'))
    .map((item) => (item['data'] as { x: string }).x)
  return Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]))
}
