import {
  declaredHooks,
  describeRef,
  groupOf,
  hookAnnotations,
  hookProblem,
  identityOf,
  place,
  refOf,
  scheduleHooks,
  scopesOfDefinitions,
} from '@plimsoll/domain'
import type {
  DeclaredHook,
  Fault,
  Hook,
  KubernetesObject,
  Manifest,
  ManifestSet,
  WorkflowConfig,
} from '@plimsoll/domain'
import { resourceOf } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'

export type PlacedHooks = {
  /** What a sync runs, in that order. */
  readonly hooks: readonly Hook[]
  /** Those that no sync runs. */
  readonly notRun: readonly DeclaredHook[]
  /** What is wrong with hooks, or not allowed; those of a kind that nobody knows are among `unknown` only. */
  readonly faults: readonly Fault[]
  readonly unknown: readonly { readonly manifest: Manifest; readonly fault: Fault }[]
}

type Rules = Pick<WorkflowConfig, 'destination' | 'allow' | 'sync_policy'>

/**
 * The hooks of a manifest set and of the workflow, where they go. The same holds for them as for objects that are kept: a
 * workflow does in a hook only what it may do anyway. `kept` are the set's other objects, where they go.
 */
export async function placeHooks(
  cluster: Cluster,
  config: Rules,
  set: ManifestSet,
  kept: readonly KubernetesObject[],
): Promise<PlacedHooks> {
  const declared = declaredHooks(set)
  const run = declared.filter(({ wish }) => wish.phases.length > 0)
  // Several may stand in one place, so each gets a number that nobody is shown.
  const byOrigin = new Map(run.map((hook, index) => [`${hook.where}\0${index}`, hook]))
  const manifests = [...byOrigin].map(([origin, { object }]): Manifest => ({ object, digest: '', origin }))
  const defined = scopesOfDefinitions([...kept, ...run.map(({ object }) => object)])
  const served = await scopesServed(cluster, manifests)
  const {
    manifests: placed,
    faults,
    unknown,
  } = place(
    manifests,
    config,
    ({ apiVersion, kind }) => served.get(`${apiVersion}/${kind}`) ?? defined.get(`${groupOf(apiVersion)}/${kind}`),
  )
  const told = (fault: Fault): Fault => ({ ...fault, where: shown(fault.where), because: shown(fault.because) })
  const hooks = placed.flatMap(({ object, origin }): readonly DeclaredHook[] => {
    const hook = byOrigin.get(origin)
    return hook === undefined ? [] : [{ ...hook, object }]
  })
  const unsound = faults.filter((fault) => unknown.every((one) => one.fault !== fault))
  const scheduled = scheduleHooks(hooks, config.sync_policy, config.destination.namespace)
  return {
    hooks: scheduled,
    notRun: declared.filter(({ wish }) => wish.phases.length === 0),
    faults: [...misspelt(set), ...unsound.map(told), ...keptToo(hooks, kept), ...alike(scheduled)],
    unknown: unknown.map(({ manifest, fault }) => ({
      manifest: { ...manifest, origin: shown(manifest.origin) },
      fault: told(fault),
    })),
  }
}

function shown(text: string): string {
  return text.replaceAll(/\0\d+/g, '')
}

async function scopesServed(cluster: Cluster, manifests: readonly Manifest[]) {
  const scopes = new Map<string, 'namespaced' | 'cluster'>()
  for (const { apiVersion, kind } of new Map(
    manifests.map(({ object }) => [`${object.apiVersion}/${object.kind}`, object]),
  ).values()) {
    const type = await resourceOf(cluster, apiVersion, kind)
    if (type !== undefined) scopes.set(`${apiVersion}/${kind}`, type.namespaced ? 'namespaced' : 'cluster')
  }
  return scopes
}

function misspelt({ files }: ManifestSet): readonly Fault[] {
  return files.flatMap(({ path, objects }) =>
    objects.flatMap(({ object, line }): readonly Fault[] => {
      const problem = hookProblem(object)
      if (problem === undefined) return []
      const where = line > 0 ? `${path}:${line}` : path
      const what = `${describeRef(refOf(object))} cannot be run`
      return [{ what, where, because: problem, try: `correct the annotation ${hookAnnotations.plimsoll}` }]
    }),
  )
}

/** An object cannot be kept and run. */
function keptToo(hooks: readonly DeclaredHook[], kept: readonly KubernetesObject[]): readonly Fault[] {
  if (hooks.length === 0) return []
  const identities = new Set(kept.map((object) => identityOf(refOf(object))))
  return hooks.flatMap(({ object, where }): readonly Fault[] => {
    if (!identities.has(identityOf(refOf(object)))) return []
    const what = `${describeRef(refOf(object))} is declared twice`
    return [{ what, where, because: 'it is a hook here, and is kept elsewhere', try: 'remove one of the two' }]
  })
}

/** Kinds of two groups may have one name; what is recorded of a hook must not be taken for another's. */
function alike(hooks: readonly Hook[]): readonly Fault[] {
  return [...Map.groupBy(hooks, ({ phase, name }) => `${phase} ${name}`)].flatMap(([name, [first, second]]) =>
    first?.kind !== 'object' || second?.kind !== 'object'
      ? []
      : [
          {
            what: `the hook ${name} is there twice`,
            where: second.where,
            because: `${first.where} declares one of that kind and name already`,
            try: 'give one of the two another name',
          },
        ],
  )
}
