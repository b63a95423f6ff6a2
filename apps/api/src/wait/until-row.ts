import { parseStream } from '@plimsoll/domain'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { readWorkflowRow } from '../queries/workflow-row.ts'
import { RefusalError } from '../refusal-error.ts'
import { backOff } from './back-off.ts'
import { formatToken, type Token } from './token.ts'

const timeoutMs = 2_000

/**
 * Waits until the read model shows what a token stands for. Only workflows have one; what is read from the log itself is
 * never behind. @throws RefusalError of kind `unavailable` after 2 s, naming the token
 */
export async function untilRow(
  { log, changes }: Pick<Dependencies, 'log' | 'changes'>,
  { signal }: Pick<Call, 'signal'>,
  token: Token | undefined,
): Promise<void> {
  const place = token && parseStream(token.stream)
  if (token === undefined || place?.kind !== 'workflow') return
  using listener = changes.listen(token.stream)
  const deadline = performance.now() + timeoutMs
  for (const ms of backOff(5, 100)) {
    const row = await readWorkflowRow(log, place.id)
    if (row !== undefined && row.version >= token.version) return
    if (performance.now() >= deadline) throw behind(token, row?.version ?? 0)
    await listener.next(ms, signal)
  }
}

function behind({ stream, version }: Token, at: number): RefusalError {
  return new RefusalError('unavailable', [
    {
      what: `The status does not show ${formatToken(stream, version)} yet`,
      where: 'min_token',
      because: `the projection is at ${formatToken(stream, at)} after ${timeoutMs / 1_000} s`,
      try: 'Ask again in a moment; if it stays so, check with `plimsoll doctor` that a projection runs.',
    },
  ])
}
