import type { RendererName } from './renderer.ts'

const kustomizations: ReadonlySet<string> = new Set(['kustomization.yaml', 'kustomization.yml', 'Kustomization'])

/** The renderer that a folder is for, by the names of what lies directly in it. Kustomize wins over Helm, as it may inflate charts. */
export function detectRenderer(names: Iterable<string>): RendererName {
  const present = new Set(names)
  if (present.values().some((name) => kustomizations.has(name))) return 'kustomize'
  return present.has('Chart.yaml') ? 'helm' : 'plain'
}
