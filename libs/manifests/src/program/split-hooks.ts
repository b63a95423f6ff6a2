import type { ParsedObject } from '../parse-manifest-file.ts'
import type { RenderedHook, ToolRendering } from '../renderer.ts'

const annotation = 'helm.sh/hook'
const testEvent = /^test(?:-success|-failure)?$/
/** Of Helm 2: a definition is an object like others. */
const crdInstall = 'crd-install'

/** Takes what Helm runs at a point of a release out of what is kept. What is for tests alone is left out. */
export function splitHooks(parsed: readonly ParsedObject[]): ToolRendering {
  const objects: ParsedObject[] = []
  const hooks: RenderedHook[] = []
  for (const one of parsed) {
    const annotations = textsOf((one.object.metadata as { readonly annotations?: unknown }).annotations)
    const events = list(annotations[annotation]).filter((event) => event !== crdInstall)
    if (events.length === 0) objects.push(one)
    else if (!events.every((event) => testEvent.test(event)))
      hooks.push({
        ...one,
        events: events.filter((event) => !testEvent.test(event)),
        weight: Number.parseInt(annotations[`${annotation}-weight`] ?? '0', 10) || 0,
        deletePolicies: list(annotations[`${annotation}-delete-policy`]),
      })
  }
  return { objects, hooks }
}

function textsOf(annotations: unknown): Readonly<Record<string, string>> {
  const entries = typeof annotations === 'object' && annotations !== null ? Object.entries(annotations) : []
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function list(text = ''): readonly string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}
