import { setTimeout as delay } from 'node:timers/promises'
import { PartFailedError } from './part-failed-error.ts'
import { logTail, type Child } from './start-child.ts'

/**
 * Waits until a started server answers its probe. A probe may throw: that means "not yet".
 * A server that ends first, or does not answer in time, is a `PartFailedError` with the end of its log; it is then stopped.
 */
export async function untilReady(child: Child, probe: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  let ended = false
  void child.exited.then(() => (ended = true))
  const deadline = performance.now() + timeoutMs
  while (!(await probe().catch(() => false))) {
    if (ended) throw await failed(child, 'it ended by itself')
    if (performance.now() > deadline) throw await failed(child, `it did not answer within ${timeoutMs / 1000} s`)
    await delay(20)
  }
}

async function failed(child: Child, because: string): Promise<PartFailedError> {
  await child.stop()
  return new PartFailedError({
    what: `${child.name} did not start`,
    where: child.logFile,
    because: `${because}; its log ends with:\n    ${logTail(child.logFile)}`,
    try: 'read the whole log; if the state is beyond repair, stop everything and remove that folder',
  })
}
