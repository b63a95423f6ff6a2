import { argoHookPhasesOf } from '@plimsoll/domain'
import type { ManifestSet } from '@plimsoll/domain'

/** A warning for each hook, of a chart or by Argo CD's annotation: they would be run with a change, and a sync does not. */
export function hooksNotRun({ hooks = [], files }: ManifestSet): readonly string[] {
  const ofCharts = hooks.map(({ object, path, events }) => notRun(object, 'a Helm hook', events, path))
  const ofArgo = files.flatMap(({ path, objects }) =>
    objects.flatMap(({ object, line }) => {
      const phases = argoHookPhasesOf(object)
      return phases.length === 0 ? [] : [notRun(object, 'a hook of Argo CD', phases, `${path}:${line}`)]
    }),
  )
  return [...ofCharts, ...ofArgo]
}

type Named = { readonly kind: string; readonly metadata: { readonly name: string } }

function notRun({ kind, metadata }: Named, what: string, phases: readonly string[], where: string): string {
  return `${kind}/${metadata.name} is ${what} (${phases.join(', ')}) and is not run: a sync applies objects only (${where})`
}
