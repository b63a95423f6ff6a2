import type { KubernetesObject } from '../object/object-ref.ts'
import { waveAnnotations, waveOf } from '../object/sync-wave.ts'
import { hookDeletePolicies, hookPhases } from './hook.ts'
import type { HookDeletePolicy, HookOrigin, HookPhase } from './hook.ts'

/** What an object's annotations say of it as a hook. */
export type HookWish = {
  readonly origin: HookOrigin
  /** When it runs; empty for what no sync runs, such as a test of Helm. */
  readonly phases: readonly HookPhase[]
  /** The points at which it would be run elsewhere, in the words of its annotation. */
  readonly otherwise: readonly string[]
  readonly delete_policies: readonly HookDeletePolicy[]
  readonly wave: number
}

/** Ours comes first; where it or Argo CD's is set, Helm's says nothing more. */
export const hookAnnotations = {
  plimsoll: 'plimsoll.dev/hook',
  argocd: 'argocd.argoproj.io/hook',
  helm: 'helm.sh/hook',
} as const satisfies Readonly<Record<HookOrigin, string>>

/** Points of an application's life that no sync comes to. */
const otherPhases = ['PreDelete', 'PostDelete'] as const
/** All that our annotation may say. */
const ourWords: readonly string[] = [...hookPhases, ...otherPhases, 'Skip']

const helmPhases: Readonly<Record<string, HookPhase>> = {
  'pre-install': 'PreSync',
  'pre-upgrade': 'PreSync',
  'post-install': 'PostSync',
  'post-upgrade': 'PostSync',
}
const helmPolicies: Readonly<Record<string, HookDeletePolicy>> = {
  'before-hook-creation': 'BeforeHookCreation',
  'hook-succeeded': 'HookSucceeded',
  'hook-failed': 'HookFailed',
}
/** Helm 2 has it for definitions, which are objects like others. */
const crdInstall = 'crd-install'
const helmWeight = 'helm.sh/hook-weight'

/** What an object says of itself as a hook; undefined for one that is kept. */
export function hookWishOf(object: KubernetesObject): HookWish | undefined {
  const found = pointsOf(object)
  if (found === undefined) return undefined
  return { ...found, delete_policies: deletePoliciesOf(object), wave: hookWave(object) }
}

/** What is wrong with the phases that an object asks for; undefined if nothing is. */
export function hookProblem(object: KubernetesObject): string | undefined {
  const unknown = wordsOf(object, hookAnnotations.plimsoll).filter((word) => !ourWords.includes(word))
  if (unknown.length === 0) return undefined
  return `${unknown.join(', ')} is no phase of a sync: ${hookAnnotations.plimsoll} takes ${hookPhases.join(', ')} or Skip`
}

/** The objects that make a hook of themselves run under the annotation of one tool only, as Argo CD has it. */
function pointsOf(object: KubernetesObject): Pick<HookWish, 'origin' | 'phases' | 'otherwise'> | undefined {
  for (const origin of ['plimsoll', 'argocd'] as const) {
    const words = wordsOf(object, hookAnnotations[origin])
    const phases = hookPhases.filter((phase) => words.includes(phase))
    const otherwise = otherPhases.filter((phase) => words.includes(phase))
    // What is skipped is not managed at all, and a word that nobody knows makes no hook.
    if (words.includes('Skip')) return undefined
    if (phases.length + otherwise.length > 0) return { origin, phases, otherwise }
  }
  const events = wordsOf(object, hookAnnotations.helm).filter((event) => event !== crdInstall)
  if (events.length === 0) return undefined
  const run = new Set(events.map((event) => helmPhases[event]))
  const otherwise = events.filter((event) => !Object.hasOwn(helmPhases, event))
  return { origin: 'helm', phases: hookPhases.filter((phase) => run.has(phase)), otherwise }
}

function deletePoliciesOf(object: KubernetesObject): readonly HookDeletePolicy[] {
  const said = new Set([
    ...wordsOf(object, `${hookAnnotations.plimsoll}-delete-policy`),
    ...wordsOf(object, `${hookAnnotations.argocd}-delete-policy`),
    ...wordsOf(object, `${hookAnnotations.helm}-delete-policy`).map((word) => helmPolicies[word]),
  ])
  const policies = hookDeletePolicies.filter((policy) => said.has(policy))
  return policies.length === 0 ? ['BeforeHookCreation'] : policies
}

function hookWave(object: KubernetesObject): number {
  const { annotations } = object.metadata
  if (waveAnnotations.some((annotation) => annotations?.[annotation] !== undefined)) return waveOf(object)
  const weight: unknown = annotations?.[helmWeight]
  return typeof weight === 'string' ? Number.parseInt(weight, 10) || 0 : 0
}

// A manifest may hold anything where a text should be; the API server is the one to refuse it.
function wordsOf({ metadata: { annotations } }: KubernetesObject, annotation: string): readonly string[] {
  const said: unknown = annotations?.[annotation]
  if (typeof said !== 'string') return []
  return said
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}
