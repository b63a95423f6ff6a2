type Started<T extends readonly Promise<AsyncDisposable>[]> = { -readonly [K in keyof T]: Awaited<T[K]> }

/**
 * Waits for things that start at once and gives them to `stack`. When one fails, its error is thrown after the others
 * have started too: so none is left running that the stack does not end.
 */
export async function startTogether<const T extends readonly Promise<AsyncDisposable>[]>(
  stack: AsyncDisposableStack,
  starting: T,
): Promise<Started<T>> {
  const outcomes = await Promise.allSettled(starting)
  for (const outcome of outcomes) if (outcome.status === 'fulfilled') stack.use(outcome.value)
  return (await Promise.all(starting)) as Started<T>
}
