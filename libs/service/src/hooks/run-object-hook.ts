import { describeRef, hookRun, refOf } from '@plimsoll/domain'
import type { Fault, KubernetesObject, ObjectHook } from '@plimsoll/domain'
import { hiding, KubernetesError, logTail, remedyOf, waitDone } from '@plimsoll/kubernetes'
import type { Done } from '@plimsoll/kubernetes'
import { keepHookOutput } from '../commands/hook-output.ts'
import { needlesOf, openMask } from '../commands/mask-output.ts'
import { isFinal, outside } from '../write/carry-out.ts'
import { createHook, deleteHook, InTheWayError } from './create-hook.ts'
import type { HookEnd, HooksRun } from './hooks-run.ts'
import { hookObject } from './plan-hook.ts'

const logLines = 500
const logBytes = 65_536
const logPatienceMs = 3_000
const tailInFault = 160

/**
 * Creates the object of a hook and waits until it is done; one that this run has created before is awaited where it stands.
 * Rejects with the signal's reason, and with KubernetesError where a second try may help.
 */
export async function runObjectHook(run: HooksRun, hook: ObjectHook, signal: AbortSignal): Promise<HookEnd> {
  const startedAt = performance.now()
  const end = (isOutside: boolean, message: string, fault?: Fault, output: string | null = null): HookEnd => ({
    fault,
    message,
    durationMs: Math.round(performance.now() - startedAt),
    output,
    isOutside,
  })
  const object = objectOf(run, hook)
  const cluster = hiding(run.cluster, () => hook.sensitive ?? [])
  try {
    const created = await createHook(run, cluster, hook, object)
    const timeoutMs = restOf(created, run.config.sync_policy.hook_timeout_ms)
    const masked = masking(run)
    const progress = newestOf(async (message) => run.tell(hook, { waits_for: await masked(message) }))
    const onProgress = (message: string) => progress.tell(`the ${created.kind}: ${message}`)
    const done = await waitDone(cluster, created, { timeoutMs, custom: run.customHealth, onProgress, signal })
    await progress.told()
    const text = await masked(await outputOf(cluster, done, signal))
    if (text !== '') run.tell(hook, { text })
    // A container may end with a message of its own, which is often the end of its log.
    const message = await masked(done.message)
    const output = await keepHookOutput(run.vault, text)
    if (done.outcome === 'succeeded') return end(false, message, undefined, output)
    const fault = failed(run, hook, object, { ...done, message }, text)
    return end(false, fault.because, fault, output)
  } catch (error) {
    const fault = faultOf(hook, object, error)
    if (fault === undefined) throw error
    return end(error instanceof KubernetesError && outside.has(error.kind), fault.because, fault)
  }
}

/** Deletes what a run of a hook has created. */
export function deleteObjectHook(
  run: Pick<HooksRun, 'cluster' | 'vault' | 'id' | 'mayWrite' | 'signal'>,
  hook: ObjectHook,
): Promise<void> {
  return deleteHook(
    run,
    hiding(run.cluster, () => hook.sensitive ?? []),
    objectOf(run, hook),
  )
}

function objectOf({ vault, id }: Pick<HooksRun, 'vault' | 'id'>, { object, phase }: ObjectHook): KubernetesObject {
  const run = hookRun(id, phase)
  return hookObject(object, vault.mark, run, vault.hash(`hook\n${run}`).slice(-8))
}

/** Whoever was killed while it waited has taken a part of the time. */
function restOf({ metadata }: KubernetesObject, timeoutMs: number): number {
  const createdAt = Date.parse(String(metadata['creationTimestamp']))
  const passed = Number.isNaN(createdAt) ? 0 : Math.max(0, Date.now() - createdAt)
  return Math.max(1_000, timeoutMs - passed)
}

/** What its pod has written. */
async function outputOf(cluster: HooksRun['cluster'], { object }: Done, signal: AbortSignal): Promise<string> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(logPatienceMs)])
  const text = await logTail(cluster, object, { lines: logLines, bytes: logBytes, signal: patience }).catch(() => {
    signal.throwIfAborted()
  })
  return text ?? ''
}

/** Texts without what nobody gets to see, which is looked up with the first of them. */
function masking({ hidden }: HooksRun): (text: string) => Promise<string> {
  let needles: readonly string[] | undefined
  return async (text) => {
    if (text === '') return ''
    needles ??= needlesOf(await hidden())
    const mask = openMask(needles)
    return mask.write(text) + mask.end()
  }
}

/** Tells one text at a time, and only the newest of those that came meanwhile; what cannot be told is left out. */
function newestOf(tell: (text: string) => Promise<void>) {
  let newest: string | undefined
  let telling: Promise<void> | undefined
  const tellAll = async () => {
    while (newest !== undefined) {
      const text = newest
      newest = undefined
      await tell(text).catch(() => undefined)
    }
    telling = undefined
  }
  return {
    tell: (text: string): void => {
      newest = text
      telling ??= tellAll()
    },
    told: async () => telling,
  }
}

function failed({ config }: HooksRun, hook: ObjectHook, object: KubernetesObject, done: Done, text: string): Fault {
  const { outcome, message } = done
  const seconds = config.sync_policy.hook_timeout_ms / 1_000
  const why =
    outcome === 'timeout'
      ? [`it was not done within hook_timeout, ${seconds} s`, message].filter(Boolean).join(': ')
      : message || 'it gives no reason'
  const tail = text.trimEnd().slice(-tailInFault).toWellFormed()
  return {
    ...about(hook, object, 'failed'),
    because: tail === '' ? why : `${why}; its log ends: ${tail}`,
    try: `look at \`plimsoll logs ${config.id}\` and at the object, correct it in Git, or sync again`,
  }
}

function faultOf(hook: ObjectHook, object: KubernetesObject, error: unknown): Fault | undefined {
  if (error instanceof InTheWayError)
    return { ...about(hook, object, 'could not be made'), because: error.message, try: error.remedy }
  if (!(error instanceof KubernetesError) || !isFinal(error)) return undefined
  return { ...about(hook, object, 'could not be made'), because: error.message, try: remedyOf(error) }
}

function about({ phase, name }: ObjectHook, object: KubernetesObject, what: string): Pick<Fault, 'what' | 'where'> {
  return { what: `the ${phase} hook ${name} ${what}`, where: describeRef(refOf(object)) }
}
