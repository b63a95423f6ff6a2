/** Tells a cluster from which nothing comes from one that is only slow. */
export type Pulse = {
  /** Something waits for an answer, until it is disposed. */
  readonly wait: () => Disposable
  /** Something came: an answer, also one that refuses, or that of a ping. */
  readonly beat: () => void
  /** Whether requests wait, and nothing has come for seconds, not even the answer of a ping. */
  readonly isSilent: () => boolean
}

const tickMs = 500
/** Of these in a row without a sign: a process that was busy for long has answers still unread. */
const silentTicks = 4

/** `ping` is called twice a second while something waits. */
export function openPulse(ping: () => void): Pulse {
  let waiting = 0
  let ticks = 0
  let timer: NodeJS.Timeout | undefined
  const tick = (): void => {
    ticks += 1
    ping()
  }
  const leave = (): void => {
    waiting -= 1
    if (waiting > 0) return
    clearInterval(timer)
    timer = undefined
    ticks = 0
  }
  return {
    wait: () => {
      waiting += 1
      timer ??= setInterval(tick, tickMs).unref()
      let isLeft = false
      return {
        [Symbol.dispose]: () => {
          if (!isLeft) leave()
          isLeft = true
        },
      }
    },
    beat: () => {
      ticks = 0
    },
    isSilent: () => ticks >= silentTicks,
  }
}
