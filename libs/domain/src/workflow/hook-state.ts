import type { HookPhase } from '../hooks/hook.ts'
import type { FailureStage } from './sync-result.ts'
import type { HookEvent } from './hook-events.ts'
import type { Workflow } from './state.ts'

/** A hook of an open sync or rollback, as far as it has come. */
export type HookRecord = {
  readonly phase: HookPhase
  readonly hook: string
  /** null while it runs. */
  readonly ended: { readonly ok: boolean; readonly message: string } | null
}

/** What is said of a sync that is over changes nothing. */
export function evolveHooks(workflow: Workflow, event: HookEvent): Workflow {
  const { sync, rollback } = workflow
  const { sync_id: id } = event.data
  if (sync?.id === id) return { ...workflow, sync: { ...sync, stalled: null, hooks: withHook(sync.hooks, event) } }
  if (rollback?.id === id)
    return { ...workflow, rollback: { ...rollback, stalled: null, hooks: withHook(rollback.hooks, event) } }
  return workflow
}

function withHook(known: readonly HookRecord[], { type, data }: HookEvent): readonly HookRecord[] {
  const { phase, hook } = data
  const ended = type === 'HookFinished' ? { ok: data.ok, message: data.message } : null
  return [...known.filter((record) => record.phase !== phase || record.hook !== hook), { phase, hook, ended }]
}

/** The hooks that are awaited, in words; undefined if none is. */
export function runningHooksText(hooks: readonly HookRecord[]): string | undefined {
  const running = hooks.filter(({ ended }) => ended === null)
  const [first] = running
  if (first === undefined) return undefined
  const others = running.length - 1
  const more = others === 0 ? '' : ` and ${others} other${others === 1 ? '' : 's'}`
  return `hook ${first.phase} ${first.hook}${more} ${others === 0 ? 'is' : 'are'} running`
}

/** Ends after the first write, or after the first hook. */
const midway: ReadonlySet<FailureStage | null> = new Set(['hook', 'apply', 'prune', 'health', 'cancelled'])

/**
 * Whether hooks run with a sync of so many changes: with one that changes something, and with one that takes up what failed
 * midway, as not all of the hooks may have run then.
 */
export function runsHooks({ carriedOut, undone }: Workflow, changes: number): boolean {
  if (changes > 0) return true
  return carriedOut?.status === 'failed' && midway.has(carriedOut.stage) && undone === null
}
