import { type Work, workOf } from '@plimsoll/event-log'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { backOff } from './back-off.ts'

/**
 * Waits until the work of a role on a stream is done up to a version; undefined when it is not after `timeoutMs`.
 * @throws the reason of the call's signal
 */
export async function untilDone(
  { log, changes }: Pick<Dependencies, 'log' | 'changes'>,
  { signal }: Pick<Call, 'signal'>,
  wait: { readonly role: string; readonly stream: string; readonly version: number; readonly timeoutMs: number },
): Promise<Work | undefined> {
  using listener = changes.listen(wait.stream)
  const deadline = performance.now() + wait.timeoutMs
  for (const ms of backOff(5, 250)) {
    const work = await workOf(log, wait.role, wait.stream)
    if (work !== undefined && work.done >= wait.version) return work
    const left = deadline - performance.now()
    if (left <= 0) return undefined
    await listener.next(Math.min(ms, left), signal)
  }
}
