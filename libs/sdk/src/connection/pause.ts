/** Pauses between tries, in milliseconds: 250, 500, … up to 5,000. */
export function* pauses(): Generator<number, never> {
  for (let ms = 250; ; ms = Math.min(ms * 2, 5_000)) yield ms
}

/** Waits. @throws the reason of the signal as soon as that is aborted */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
