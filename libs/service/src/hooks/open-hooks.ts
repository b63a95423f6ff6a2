import { boundText, groupOf } from '@plimsoll/domain'
import type { Fault, Hook, HookPhase, HookRecord, HookResult, ObjectHook, WorkflowEvent } from '@plimsoll/domain'
import { applyOrder } from '@plimsoll/kubernetes'
import { inParallel } from '@plimsoll/runtime'
import type { HookEnd, HooksRun } from './hooks-run.ts'
import { deleteObjectHook, runObjectHook } from './run-object-hook.ts'

const hooksInFlight = 16

export type HookFailure = {
  readonly stage: 'hook' | 'cancelled'
  readonly faults: readonly Fault[]
  /** It lies in what Git declares, not in a cluster that refuses its own engine. */
  readonly rejects: boolean
}

/** The hooks of one sync or rollback. */
export type Hooks = {
  readonly has: (phase: HookPhase) => boolean
  /** The waves that a phase has hooks in. */
  readonly waves: (phase: HookPhase) => ReadonlySet<number>
  /**
   * Runs a phase, or one wave of it, one after the other but for those of one kind and wave. What has ended before is not run
   * again. Rejects only with what may pass.
   */
  readonly run: (phase: HookPhase, wave?: number) => Promise<HookFailure | undefined>
  /** Deletes what the delete policies let go; a sync that is cancelled leaves no less behind. */
  readonly tidy: (phase: HookPhase) => Promise<void>
}

export function openHooks(run: HooksRun): Hooks {
  const board = openBoard(run)
  const stop = AbortSignal.any([run.signal, ...(run.cancelled === undefined ? [] : [run.cancelled])])
  const hooksOf = (phase: HookPhase, wave?: number) =>
    run.hooks.filter((hook) => hook.phase === phase && (wave === undefined || hook.wave === wave))
  const tidy = async (phase: HookPhase) => {
    const objects = hooksOf(phase).filter((hook) => hook.kind === 'object')
    await inParallel(objects, hooksInFlight, async (hook) => {
      const ended = board.of(hook)?.ended
      if (ended && hook.delete_policies.includes(ended.ok ? 'HookSucceeded' : 'HookFailed'))
        await deleteObjectHook(run, hook)
    })
  }
  return {
    has: (phase) => hooksOf(phase).length > 0,
    waves: (phase) => new Set(hooksOf(phase).map(({ wave }) => wave)),
    tidy,
    run: async (phase, wave) => {
      try {
        const failure = await runInOrder(run, board, hooksOf(phase, wave), stop)
        // What one hook has made may be needed by the next: nothing of a phase goes before its end.
        if (wave === undefined || failure !== undefined) await tidy(phase)
        return failure
      } catch (error) {
        if (!run.cancelled?.aborted || error !== run.cancelled.reason || run.signal.aborted) throw error
        await tidy(phase)
        return cancelled(run, board, phase)
      }
    },
  }
}

async function runInOrder(
  run: HooksRun,
  board: Board,
  hooks: readonly Hook[],
  stop: AbortSignal,
): Promise<HookFailure | undefined> {
  for (const group of groupsOf(hooks)) {
    const ends = await inParallel(group, hooksInFlight, (hook) => runOnce(run, board, hook, stop))
    const failures = ends.flatMap(({ fault, isOutside }) => (fault === undefined ? [] : [{ fault, isOutside }]))
    if (failures.length > 0)
      return {
        stage: 'hook',
        faults: failures.map(({ fault }) => fault),
        rejects: failures.some(({ isOutside }) => !isOutside),
      }
  }
  return undefined
}

/** Commands one by one; objects of a wave in the order of kinds, as one may need the other, those of one kind together. */
function groupsOf(hooks: readonly Hook[]): readonly (readonly Hook[])[] {
  const commands = hooks.filter(({ kind }) => kind === 'command').map((hook) => [hook])
  const objects = hooks
    .filter((hook) => hook.kind === 'object')
    .toSorted((a, b) => a.wave - b.wave || rankOf(a) - rankOf(b))
  const groups = [...Map.groupBy(objects, (hook) => `${hook.wave} ${rankOf(hook)}`).values()]
  return hooks[0]?.kind === 'command' ? [...commands, ...groups] : [...groups, ...commands]
}

function rankOf({ object }: ObjectHook): number {
  return applyOrder(object.kind, groupOf(object.apiVersion))
}

async function runOnce(run: HooksRun, board: Board, hook: Hook, stop: AbortSignal): Promise<HookEnd> {
  const known = board.of(hook)
  if (known?.ended) return asRecorded(run, hook, known.ended)
  stop.throwIfAborted()
  if (known === undefined) await board.start(hook)
  run.tell(hook, { waits_for: '' })
  const mayWrite = (): void => {
    stop.throwIfAborted()
    run.mayWrite()
  }
  const end =
    hook.kind === 'object' ? await runObjectHook({ ...run, mayWrite }, hook, stop) : await runCommand(run, hook, stop)
  await board.finish(hook, end)
  run.tell(hook, { ok: end.fault === undefined, message: end.message, duration_ms: end.durationMs })
  return end
}

async function runCommand(
  { runCommand: given }: HooksRun,
  hook: Extract<Hook, { kind: 'command' }>,
  stop: AbortSignal,
): Promise<HookEnd> {
  if (given === undefined) {
    const fault = {
      what: `the ${hook.phase} hook ${hook.name} cannot be run`,
      where: hook.name,
      because: 'no commands are run here',
      try: `take the command out of sync_policy.${hook.name.replace(/\[.*/, '')}`,
    }
    return { fault, message: fault.because, durationMs: 0, output: null, isOutside: true }
  }
  const end = await given(hook, stop)
  return { ...end, message: end.fault?.because ?? '' }
}

/** What an owner before this one has recorded. */
function asRecorded({ config }: HooksRun, hook: Hook, { ok, message, outside }: HookResult): HookEnd {
  const fault = {
    what: `the ${hook.phase} hook ${hook.name} ${outside ? 'could not be run' : 'failed'}`,
    where: hook.kind === 'object' ? hook.where : hook.name,
    because: message,
    try: outside
      ? 'mend what it says, in the cluster or the installation, then sync again'
      : `look at \`plimsoll logs ${config.id}\`, correct it in Git, or sync again`,
  }
  return { fault: ok ? undefined : fault, message, durationMs: 0, output: null, isOutside: outside }
}

type Board = {
  readonly of: (hook: Hook) => HookRecord | undefined
  readonly start: (hook: Hook) => Promise<void>
  readonly finish: (hook: Hook, end: HookEnd) => Promise<void>
  readonly running: (phase: HookPhase) => readonly string[]
}

/** What is recorded of each hook, also by an owner before this one. */
function openBoard({ id, records, record }: HooksRun): Board {
  const known = new Map(records.map((one) => [`${one.phase} ${one.hook}`, one]))
  // One append at a time: each is decided on what the log holds.
  let recording = Promise.resolve()
  const append = (event: WorkflowEvent): Promise<void> => {
    recording = recording.catch(() => {}).then(() => record([event]))
    return recording
  }
  const set = ({ phase, name }: Hook, ended: HookRecord['ended']) =>
    known.set(`${phase} ${name}`, { phase, hook: name, ended })
  return {
    of: ({ phase, name }) => known.get(`${phase} ${name}`),
    start: async (hook) => {
      await append({ type: 'HookStarted', data: { sync_id: id, phase: hook.phase, hook: hook.name } })
      set(hook, null)
    },
    finish: async (hook, { fault, message, durationMs, output, isOutside }) => {
      const ok = fault === undefined
      const ended = { ok, message: boundText(message), outside: !ok && isOutside }
      const data = { sync_id: id, phase: hook.phase, hook: hook.name, ...ended, duration_ms: durationMs, output }
      await append({ type: 'HookFinished', data })
      set(hook, ended)
    },
    running: (phase) =>
      [...known.values()].filter((one) => one.phase === phase && one.ended === null).map(({ hook }) => hook),
  }
}

/** A person has stopped it: an object is left as it is, a command is over. */
function cancelled({ config, hooks, cancelled: signal }: HooksRun, board: Board, phase: HookPhase): HookFailure {
  const running = board.running(phase)
  const isCommand = hooks.some(({ kind, name }) => kind === 'command' && running.includes(name))
  const fate = isCommand ? 'which was ended' : 'which is left as it is'
  const named =
    running.length === 0
      ? `before a ${phase} hook`
      : `while the ${phase} hook ${running.join(', ')} was running, ${fate}`
  const fault: Fault = {
    what: `the sync was stopped ${named}`,
    where: `workflow ${config.id}`,
    because: signal?.reason instanceof Error ? signal.reason.message : 'it was cancelled',
    try: 'sync again to go on from there, or roll back to what was before',
  }
  return { stage: 'cancelled', faults: [fault], rejects: false }
}
