import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { workflowDecider, workflowStream, type WorkflowEvent } from '@plimsoll/domain'
import { BlobMissingError, foldStream, readStream, type StoredEvent } from '@plimsoll/event-log'
import type { WatchHookOutputRequest, WatchHookOutputResponseSchema } from '@plimsoll/proto'
import { onHookNews, readHookOutput, vaults, type HookNews, type Vault } from '@plimsoll/service'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { workflowOf } from './workflow-of.ts'

type Answer = MessageInitShape<typeof WatchHookOutputResponseSchema>

const bookmarkMs = 5_000

/** What hooks have written, from the log, which of them run, and what they write now, as the one who runs them shows it. */
export function watchHookOutput(dependencies: Dependencies) {
  return async function* (request: WatchHookOutputRequest, { signal }: Call): AsyncIterable<Answer> {
    const { workflowId: id, syncId, follow, onlyNew } = request
    await workflowOf(dependencies, id)
    const end = new AbortController()
    const news = onHookNews(dependencies.js, id, AbortSignal.any([signal, end.signal]))
    try {
      // Whoever is told of what is kept misses nothing between that and what comes.
      if (follow) await dependencies.js.connection.flush()
      const { kept, running } = await recorded(dependencies, { id, syncId, onlyNew })
      yield* kept
      yield* running
      if (follow) yield* following(news, syncId)
    } finally {
      end.abort()
    }
  }
}

type Wanted = { readonly id: string; readonly syncId: string | undefined; readonly onlyNew: boolean }

/**
 * What is kept of hooks that have ended, of the sync that is wanted or else of the newest, and which of its hooks run now.
 * With `onlyNew` nothing kept: the stream is not read for that.
 */
async function recorded({ log, installationKey }: Dependencies, { id, syncId: wanted, onlyNew }: Wanted) {
  const stream = workflowStream(id)
  const { state, version } = await foldStream(log, stream, workflowDecider)
  const open = [state.sync, state.rollback].flatMap(
    (one) => one?.hooks.map((hook) => ({ sync_id: one.id, ...hook })) ?? [],
  )
  const finished = onlyNew ? [] : finishedOf(await readStream(log, stream), version)
  const syncId = wanted ?? (open.at(-1) ?? finished.at(-1))?.sync_id
  const ofSync = (hook: { readonly sync_id: string }) => hook.sync_id === syncId
  const running = open.filter((hook) => ofSync(hook) && hook.ended === null)
  const vault = vaults(log, installationKey)(id)
  return {
    kept: kept(vault, finished.filter(ofSync)),
    running: running.map((hook) => toAnswer({ ...hook, waits_for: '' })),
  }
}

/** Up to the version that tells which hooks run: none is told to have ended and to run. */
function finishedOf(events: readonly StoredEvent[], upTo: number): readonly Finished[] {
  return events.flatMap((event) => {
    if (event.version > upTo) return []
    const { type, data } = workflowDecider.decode(event)
    return type === 'HookFinished' ? [{ ...data, at: event.recordedAt }] : []
  })
}

type Finished = Extract<WorkflowEvent, { type: 'HookFinished' }>['data'] & { readonly at: Date }

async function* kept(vault: Vault, finished: readonly Finished[]): AsyncIterable<Answer> {
  for (const { sync_id: syncId, phase, hook, ok, message, duration_ms, output, at } of finished) {
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
  if ('waits_for' in news) return { item: { case: 'running', value: { ...about, waitsFor: news.waits_for } } }
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
