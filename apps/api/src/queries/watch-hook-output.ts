import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { workflowDecider, workflowStream } from '@plimsoll/domain'
import { BlobMissingError, readStream } from '@plimsoll/event-log'
import type { WatchHookOutputRequest, WatchHookOutputResponseSchema } from '@plimsoll/proto'
import { onHookNews, readHookOutput, vaults, type HookNews } from '@plimsoll/service'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { workflowOf } from './workflow-of.ts'

type Answer = MessageInitShape<typeof WatchHookOutputResponseSchema>

const bookmarkMs = 5_000

/** What hooks have written, from the log, and what they write now, as the one who runs them shows it. */
export function watchHookOutput(dependencies: Dependencies) {
  return async function* (request: WatchHookOutputRequest, { signal }: Call): AsyncIterable<Answer> {
    const { workflowId: id, syncId, follow, onlyNew } = request
    await workflowOf(dependencies, id)
    const end = new AbortController()
    const news = onHookNews(dependencies.js, id, AbortSignal.any([signal, end.signal]))
    try {
      // Whoever is told of what is kept misses nothing between that and what comes.
      if (follow) await dependencies.js.connection.flush()
      if (!onlyNew) yield* recorded(dependencies, id, syncId)
      if (follow) yield* following(news, syncId)
    } finally {
      end.abort()
    }
  }
}

async function* recorded(
  { log, installationKey }: Dependencies,
  id: string,
  wanted: string | undefined,
): AsyncIterable<Answer> {
  const stored = await readStream(log, workflowStream(id))
  const finished = stored.flatMap((event) => {
    const { type, data } = workflowDecider.decode(event)
    return type === 'HookFinished' ? [{ ...data, at: event.recordedAt }] : []
  })
  const syncId = wanted ?? finished.at(-1)?.sync_id
  const vault = vaults(log, installationKey)(id)
  for (const { sync_id, phase, hook, ok, message, duration_ms, output, at } of finished) {
    if (sync_id !== syncId) continue
    const about = { syncId, phase, hook }
    const text = output === null ? '' : await readHookOutput(vault, output).catch(notKept)
    if (text !== '') yield { item: { case: 'text', value: { ...about, text } } }
    const endedAt = timestampFromDate(at)
    yield { item: { case: 'end', value: { ...about, ok, message, durationMs: BigInt(duration_ms), endedAt } } }
  }
}

function notKept(error: unknown): string {
  if (error instanceof BlobMissingError) return '[what it wrote is not kept any more]\n'
  throw error
}

async function* following(news: AsyncIterable<HookNews>, wanted: string | undefined): AsyncIterable<Answer> {
  const iterator = news[Symbol.asyncIterator]()
  const bookmark: Answer = { item: { case: 'bookmark', value: {} } }
  yield bookmark
  let next = iterator.next()
  for (;;) {
    const seen = await within(bookmarkMs, next)
    if (seen === undefined) {
      yield bookmark
      continue
    }
    if (seen.done === true) return
    next = iterator.next()
    if (wanted === undefined || seen.value.sync_id === wanted) yield toAnswer(seen.value)
  }
}

function toAnswer({ sync_id: syncId, phase, hook, ...news }: HookNews): Answer {
  const about = { syncId, phase, hook }
  if ('text' in news) return { item: { case: 'text', value: { ...about, text: news.text } } }
  const { ok, message, duration_ms } = news
  return { item: { case: 'end', value: { ...about, ok, message, durationMs: BigInt(duration_ms) } } }
}

/** Undefined when it takes longer. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), ms)
  return await Promise.race([work, promise]).finally(() => clearTimeout(timer))
}
