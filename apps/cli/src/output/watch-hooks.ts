import type { Connection } from '../client.ts'
import { showing } from '../commands/logs.ts'

/** How long a sync is held up for the sake of those who look on. */
const patienceMs = 1_000

/**
 * Prints what the hooks of a workflow write until it is disposed. Resolves when nothing more is missed; that it cannot be
 * watched is no reason not to sync.
 */
export async function watchHooks(
  { gitops }: Pick<Connection, 'gitops'>,
  workflowId: string,
  print: (line: string) => void,
): Promise<AsyncDisposable> {
  const end = new AbortController()
  const begun = Promise.withResolvers<void>()
  const show = showing(print)
  const watching = (async () => {
    const answers = gitops.watchHookOutput({ workflowId, follow: true, onlyNew: true }, { signal: end.signal })
    for await (const answer of answers) {
      begun.resolve()
      show(answer)
    }
  })()
    .catch(() => undefined)
    .finally(begun.resolve)
  const timer = setTimeout(begun.resolve, patienceMs)
  await begun.promise
  clearTimeout(timer)
  return {
    async [Symbol.asyncDispose]() {
      end.abort()
      await watching
    },
  }
}
