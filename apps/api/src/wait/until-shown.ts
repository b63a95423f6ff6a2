import { liveGeneration, readRow } from '@plimsoll/event-log'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { statusModel } from '../queries/status-model.ts'
import { RefusalError } from '../refusal-error.ts'
import { backOff } from './back-off.ts'
import { formatToken, type Token } from './token.ts'

const timeoutMs = 2_000

type Parts = Pick<Dependencies, 'log' | 'changes'>

/**
 * Waits until the read model shows what a token stands for.
 * @throws RefusalError of kind `unavailable` after 2 s, naming the token
 */
export async function untilShown(
  { log, changes }: Parts,
  { signal }: Pick<Call, 'signal'>,
  token: Token | undefined,
): Promise<void> {
  if (token === undefined) return
  using listener = changes.listen(token.stream)
  const deadline = performance.now() + timeoutMs
  for (const ms of backOff(5, 100)) {
    const row = await readRow(log, statusModel, token.stream)
    if (row !== undefined && row.version >= token.version) return
    if (performance.now() >= deadline) throw behind(token, row?.version ?? 0)
    await listener.next(ms, signal)
  }
}

function behind({ stream, version }: Token, at: number): RefusalError {
  return new RefusalError('unavailable', [
    {
      what: `The read model does not show ${formatToken(stream, version)} yet`,
      where: 'min_token',
      because: `it is at ${formatToken(stream, at)} after ${timeoutMs / 1_000} s`,
      try: 'Ask again in a moment; if it stays so, check with `plimsoll doctor` that a projection runs.',
    },
  ])
}

/** Waits until the read model shows everything that is recorded now; false when it does not within 2 s. */
export async function untilAllShown({ log, changes }: Parts, { signal }: Pick<Call, 'signal'>): Promise<boolean> {
  using listener = changes.listen()
  const deadline = performance.now() + timeoutMs
  const newest = await log.db
    .selectFrom('event')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst()
  if (typeof newest?.id !== 'number') return true
  for (const ms of backOff(5, 100)) {
    const place = await log.db.selectFrom('log').select('position').where('id', '=', newest.id).executeTakeFirst()
    const model = await liveGeneration(log, statusModel)
    if (place !== undefined && model !== undefined && model.position >= place.position) return true
    if (performance.now() >= deadline) return false
    await listener.next(ms, signal)
  }
  return false
}
