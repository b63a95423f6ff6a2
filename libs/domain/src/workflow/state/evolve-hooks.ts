import type { HookEvent } from '../events/hook-events.ts'
import type { HookRecord } from './hook-state.ts'
import type { Workflow } from './state.ts'

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
  const ended = type === 'HookFinished' ? { ok: data.ok, message: data.message, outside: data.outside } : null
  return [...known.filter((record) => record.phase !== phase || record.hook !== hook), { phase, hook, ended }]
}
