import type { Data } from '../read-node.ts'

/** A dependency that lies in the repository. */
export type ChartReference = { readonly path: string; readonly text: string }

const scheme = 'file://'

/** The `file://` dependencies of a `Chart.yaml`, or of the `requirements.yaml` of an older chart, by path from its folder. */
export function chartReferences(document: Data | undefined): readonly ChartReference[] {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return []
  const { dependencies } = document
  if (!Array.isArray(dependencies)) return []
  return dependencies.flatMap((dependency) => {
    if (typeof dependency !== 'object' || dependency === null || Array.isArray(dependency)) return []
    const { repository } = dependency
    if (typeof repository !== 'string' || !repository.startsWith(scheme)) return []
    return [{ path: repository.slice(scheme.length), text: repository }]
  })
}
