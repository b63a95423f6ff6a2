import type { Step, Steps } from '@plimsoll/domain'

/** Namespaces that come with this very sync and that its PreSync hooks go into: nothing could be run there without them. */
export function neededFirst({ steps, hooks = [] }: Pick<Steps, 'steps' | 'hooks'>): readonly Step[] {
  const wanted = new Set(
    hooks.flatMap((hook) =>
      hook.phase === 'PreSync' && hook.kind === 'object' ? (hook.object.metadata.namespace ?? []) : [],
    ),
  )
  return steps.filter(
    (step) =>
      step.action === 'create' &&
      step.object.kind === 'Namespace' &&
      step.object.apiVersion === 'v1' &&
      wanted.has(step.object.metadata.name),
  )
}
