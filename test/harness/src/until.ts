import { setTimeout as delay } from 'node:timers/promises'

export type UntilOptions = {
  /** What is waited for, as a sentence: the error of a wait in vain begins with it. */
  readonly what: string
  /** Default 100 s: enough on a machine that is ten times slower. */
  readonly timeoutMs?: number
  readonly intervalMs?: number
}

/**
 * Asks again until the condition gives a true value, and returns that. A condition that throws is asked again too.
 * The error of a wait in vain tells the last answer.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 100_000, intervalMs = 20 }: UntilOptions,
): Promise<NonNullable<Awaited<T>>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask(condition)
    if ('value' in answer && answer.value) return answer.value
    if (performance.now() > deadline) throw inVain(what, timeoutMs, answer)
    await delay(intervalMs)
  }
}

type Answer<T> = { readonly value: T } | { readonly error: unknown }

async function ask<T>(condition: () => T | Promise<T>): Promise<Answer<Awaited<T>>> {
  try {
    return { value: await condition() }
  } catch (error) {
    return { error }
  }
}

function inVain(what: string, timeoutMs: number, answer: Answer<unknown>): Error {
  const last =
    'error' in answer ? `it failed: ${String(answer.error)}` : `the answer was ${JSON.stringify(answer.value)}`
  const cause = 'error' in answer ? answer.error : undefined
  return new Error(`${what}: not within ${timeoutMs} ms; last ${last}`, { cause })
}
