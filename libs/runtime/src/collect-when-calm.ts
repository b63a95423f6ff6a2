import { Session } from 'node:inspector/promises'

const lookMs = 10_000
/** Processor time within one look, in milliseconds: all services in one process take less when they have nothing to do. */
const calmAtMostMs = 500
/** A collection takes a tenth of a second: less work than this leaves too little behind. */
const workAtLeastMs = 1_000
/** By then caches have let go of what nobody asked for again. */
const looksUntilLetGo = 15

/**
 * Gives back what work left behind once it is over: the engine collects only when more is asked for, and whoever has nothing to
 * do asks for nothing. Does not keep the process alive.
 */
export function collectWhenCalm(): void {
  const isOver = endOfWork()
  let before = 0
  setInterval(() => {
    const { user, system } = process.cpuUsage()
    const used = (user + system) / 1_000
    if (isOver(used - before)) collect().catch(() => {})
    before = used
  }, lookMs).unref()
}

/** Tells, by the processor time of each look in milliseconds, when work has come to its end, and when what it left in caches has. */
export function endOfWork(): (usedMs: number) => boolean {
  // To start is work, too.
  let workedMs = workAtLeastMs
  let calmLooks = 0
  return (usedMs) => {
    if (usedMs > calmAtMostMs) {
      workedMs += usedMs
      return false
    }
    if (workedMs < workAtLeastMs) return ++calmLooks === looksUntilLetGo
    workedMs = 0
    calmLooks = 0
    return true
  }
}

/** Collects all garbage, and gives the memory back to the system. */
export async function collect(): Promise<void> {
  const session = new Session()
  session.connect()
  try {
    await session.post('HeapProfiler.collectGarbage')
  } finally {
    session.disconnect()
  }
}
