import { canonicalJson } from '../json/canonical-json.ts'
import { identityOf, refOf } from '../object/object-ref.ts'
import type { ManifestSet } from '../object/manifest-set.ts'

/**
 * The digest of what a manifest set declares, `set:<hex>`: the same objects have the same, whatever files, comments and
 * commits they come from. `hash` is to be keyed by the workflow.
 */
export function objectsDigest({ files, hooks = [] }: ManifestSet, hash: (text: string) => string): string {
  const objects = files.flatMap((file) =>
    file.objects.map(({ object, digest }) => `${identityOf(refOf(object))} ${digest}`),
  )
  const ofCharts = hooks.map(({ object }) => `hook ${identityOf(refOf(object))} ${hash(canonicalJson(object))}`)
  return `set:${hash(`objects\n${[...objects, ...ofCharts].toSorted().join('\n')}`).replace(/^.*:/, '')}`
}
