/** Tells, without promise, that streams grew. Whoever listens also looks by itself now and then. */
export type Changes = {
  /** Listens to one stream, or to all. */
  readonly listen: (stream?: string) => Listener
  /** Told by whoever learns of new events. */
  readonly tell: (stream: string, version: number) => void
}

export type Listener = Disposable & {
  /** The newest version that was told of, 0 before the first. For a listener to all streams, just a number that grows. */
  readonly version: () => number
  /** Waits until something was told since the last call, at most `ms`. @throws the reason of the signal */
  readonly next: (ms: number, signal: AbortSignal) => Promise<void>
}

export function openChanges(): Changes {
  const listeners = new Map<string, Set<(version: number) => void>>()
  const everything = '*'
  return {
    tell(stream, version) {
      for (const key of [stream, everything]) for (const notify of listeners.get(key) ?? []) notify(version)
    },
    listen(stream = everything) {
      let newest = 0
      let news = false
      let wake = (): void => {}
      const notify = (version: number): void => {
        newest = Math.max(newest, version)
        news = true
        wake()
      }
      const set = listeners.get(stream) ?? new Set()
      listeners.set(stream, set.add(notify))
      return {
        version: () => newest,
        async next(ms, signal) {
          signal.throwIfAborted()
          if (!news) await pause(ms, signal, (resume) => (wake = resume))
          signal.throwIfAborted()
          news = false
        },
        [Symbol.dispose]: () => {
          set.delete(notify)
          if (set.size === 0) listeners.delete(stream)
        },
      }
    },
  }
}

function pause(ms: number, signal: AbortSignal, onWake: (resume: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const resume = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', resume)
      resolve()
    }
    const timer = setTimeout(resume, ms)
    signal.addEventListener('abort', resume, { once: true })
    onWake(resume)
  })
}
