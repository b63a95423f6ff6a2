import type { ManifestSet } from '@plimsoll/domain'

/** A warning for each hook of the charts: with a change Helm would run it, and a sync does not. */
export function hooksNotRun({ hooks = [] }: ManifestSet): readonly string[] {
  return hooks.map(({ object: { kind, metadata }, path, events }) => {
    const text = `${kind}/${metadata.name} is a Helm hook (${events.join(', ')}) and is not run: a sync applies objects only`
    return `${text} (${path})`
  })
}
