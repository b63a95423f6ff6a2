import { setTimeout as sleep } from 'node:timers/promises'
import { parseJson, storedPlan, successorOf, systemDecider, systemStream, workflowDecider } from '@plimsoll/domain'
import type { MadePlan, Steps, Workflow } from '@plimsoll/domain'
import { foldStream, getBlob } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import type { Vault } from '@plimsoll/service'
import { gateOf } from './gate-of.ts'

/** Something newer can begin in the place of a sync that only waits for health. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError'
  /** The sync or the revision that comes in its place. */
  readonly by: string

  constructor(by: string) {
    super(`superseded by ${by}`)
    this.by = by
  }
}

const everyMs = 500

export type SuccessorWatch = {
  readonly log: EventLog
  readonly vault: Vault
  readonly stream: string
  readonly syncId: string
}

/**
 * Aborts its signal, with a SupersededError as the reason, when a newer revision is planned and no gate would hold its sync
 * back, or a person has asked for a sync of another. What would have to wait itself supersedes nothing: until then nobody
 * would roll back what does not get healthy. Looks until it is disposed.
 */
export function watchSuccessor(watch: SuccessorWatch): AsyncDisposable & { readonly signal: AbortSignal } {
  const superseded = new AbortController()
  const end = new AbortController()
  const watching = look(watch, (by) => superseded.abort(new SupersededError(by)), end.signal)
  return {
    signal: superseded.signal,
    async [Symbol.asyncDispose]() {
      end.abort()
      await watching
    },
  }
}

async function look(watch: SuccessorWatch, supersede: (by: string) => void, end: AbortSignal): Promise<void> {
  for (;;) {
    // Most syncs are healthy before the first look.
    await sleep(everyMs, undefined, { signal: end }).catch(() => undefined)
    if (end.aborted) return
    // A log that is away for a moment supersedes nothing; the sync itself finds out.
    const by = await newcomer(watch).catch(() => undefined)
    if (end.aborted) return
    if (by !== undefined) {
      supersede(by)
      return
    }
  }
}

async function newcomer({ log, vault, stream, syncId }: SuccessorWatch): Promise<string | undefined> {
  const [workflow, system] = await Promise.all([
    foldStream(log, stream, workflowDecider),
    foldStream(log, systemStream, systemDecider),
  ])
  const successor = successorOf(workflow.state, syncId, system.state.autoSync)
  if (successor === undefined || successor.plan === null) return successor?.by
  return (await couldBegin(log, vault, workflow.state, successor.plan)) ? successor.by : undefined
}

/** Whether a sync with this plan would begin at once. */
async function couldBegin(log: EventLog, vault: Vault, workflow: Workflow, plan: MadePlan): Promise<boolean> {
  const { config, sync } = workflow
  if (config === null || sync === null) return false
  const asked = { ...sync, trigger: 'auto', plan, exactly: null, approval: null, started: null } as const
  const steps = await vault.get<Steps>(plan.steps)
  if ((await gateOf(log, workflow, { sync: asked, plan, config, steps }, new Date())) !== undefined) return false
  const shown = storedPlan(parseJson(Buffer.from(await getBlob(log, plan.plan)).toString('utf8')))
  return shown.conflicts.every(({ blocking }) => !blocking)
}
