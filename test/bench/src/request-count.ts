import type { Cluster } from '@plimsoll/harness'

/** How many requests for these resources the API server has counted, all but the watches that stand. */
export async function requestsFor(view: Cluster, resources: readonly string[]): Promise<number> {
  const { body } = await view.request('GET', '/metrics')
  const lines = String(body)
    .split('\n')
    .filter(
      (line) =>
        line.startsWith('apiserver_request_total{') &&
        resources.some((resource) => line.includes(`resource="${resource}"`)) &&
        !line.includes('verb="WATCH"'),
    )
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
