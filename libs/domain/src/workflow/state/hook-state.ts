import type { HookPhase } from '../../hooks/hook.ts'

/** A hook of an open sync or rollback, as far as it has come. */
export type HookRecord = {
  readonly phase: HookPhase
  readonly hook: string
  /** null while it runs. */
  readonly ended: HookResult | null
}

/** `outside`: it failed by the cluster or by our rights there, and not by what Git declares. */
export type HookResult = { readonly ok: boolean; readonly message: string; readonly outside: boolean }

/** The hooks that are awaited, in words; undefined if none is. */
export function runningHooksText(hooks: readonly HookRecord[]): string | undefined {
  const running = hooks.filter(({ ended }) => ended === null)
  const [first] = running
  if (first === undefined) return undefined
  const others = running.length - 1
  const more = others === 0 ? '' : ` and ${others} other${others === 1 ? '' : 's'}`
  return `hook ${first.phase} ${first.hook}${more} ${others === 0 ? 'is' : 'are'} running`
}
