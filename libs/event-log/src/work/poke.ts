/** A source of hints: something that yields, or a function that is given what to call and may return how to stop. */
export type Poke = AsyncIterable<unknown> | ((poke: () => void) => void | (() => void))

export type PokeSignal = {
  /** Ends the wait that runs, or else the next one. */
  readonly raise: () => void
  /** Until raised, aborted, or `ms` have passed. */
  readonly wait: (ms: number) => Promise<void>
}

/** Turns hints into something that a loop can wait for; none that comes between two waits is lost. */
export function pokeSignal(
  source: Poke | undefined,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): PokeSignal {
  let raised = false
  let resume: (() => void) | undefined
  const raise = () => {
    raised = true
    resume?.()
  }
  signal.addEventListener('abort', raise, { once: true })
  if (typeof source === 'function') {
    const stop = source(raise)
    if (stop !== undefined) signal.addEventListener('abort', stop, { once: true })
  } else if (source !== undefined) {
    follow(source, signal, raise).catch(onError)
  }
  const wait = async (ms: number) => {
    if (!raised && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        resume = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    resume = undefined
    raised = false
  }
  return { raise, wait }
}

async function follow(source: AsyncIterable<unknown>, signal: AbortSignal, raise: () => void): Promise<void> {
  const iterator = source[Symbol.asyncIterator]()
  const ended = new Promise<undefined>((resolve) =>
    signal.addEventListener('abort', () => resolve(undefined), { once: true }),
  )
  while (!signal.aborted) {
    const next = await Promise.race([iterator.next(), ended])
    if (next === undefined || next.done === true) break
    raise()
  }
  await iterator.return?.()
}
