import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { ManifestError } from './manifest-error.ts'
import type { ParseLimits } from './parse-limits.ts'
import type { ParsedObject, SourceFile } from './parse-manifest-file.ts'
import type { Purpose, Selection, TreeFile } from './select-files.ts'

export type FileResult = { readonly objects: ParsedObject[]; readonly errors: ManifestError[] }

export type WorkerRequest =
  | {
      readonly type: 'parse'
      readonly files: readonly SourceFile[]
      readonly limits: ParseLimits
      /** Holds the index of the file in work: after a crash it names the culprit. */
      readonly progress: SharedArrayBuffer
    }
  | {
      readonly type: 'select'
      readonly entries: readonly TreeFile[]
      readonly ignoreFiles: Readonly<Record<string, string>>
      readonly purpose: Purpose
    }

export type WorkerReply =
  | { readonly type: 'parse'; readonly results: readonly FileResult[] }
  | { readonly type: 'select'; readonly selection: Selection }

/** The worker did not come to an end: out of time, or out of memory. */
export class WorkerStoppedError extends Error {
  override readonly name = 'WorkerStoppedError'
  readonly reason: 'time' | 'memory'

  constructor(reason: 'time' | 'memory') {
    super(`the worker ran out of ${reason}`)
    this.reason = reason
  }
}

// Starting a worker takes about 80 ms, so one is kept; it does not keep the process alive.
let warm: Worker | undefined
let queue: Promise<unknown> = Promise.resolve()

export type JobOptions = { readonly timeoutMs: number; readonly maxHeapMiB: number; readonly signal?: AbortSignal }

/** Runs one request in the worker, after those that came before it. Throws WorkerStoppedError, and the signal's reason. */
export function runJob(request: WorkerRequest, options: JobOptions): Promise<WorkerReply> {
  const job = queue.then(() => run(request, options))
  queue = job.catch(() => undefined)
  return job
}

async function run(request: WorkerRequest, { timeoutMs, maxHeapMiB, signal }: JobOptions): Promise<WorkerReply> {
  signal?.throwIfAborted()
  const worker = (warm ??= await startWorker(maxHeapMiB))
  const { promise, resolve, reject } = Promise.withResolvers<WorkerReply>()
  const deadline = setTimeout(() => reject(new WorkerStoppedError('time')), timeoutMs)
  const onAbort = () => reject(signal?.reason)
  const onError = (error: Error & { code?: string }) =>
    reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new WorkerStoppedError('memory') : error)
  signal?.addEventListener('abort', onAbort, { once: true })
  worker.once('message', resolve).once('error', onError)
  worker.ref()
  try {
    worker.postMessage(request)
    return await promise
  } catch (error) {
    warm = undefined
    await worker.terminate()
    throw error
  } finally {
    clearTimeout(deadline)
    signal?.removeEventListener('abort', onAbort)
    worker.off('message', resolve).off('error', onError)
    worker.unref()
  }
}

/** Waits until it runs, so that its start does not count against the deadline of the first request. */
async function startWorker(maxHeapMiB: number): Promise<Worker> {
  const worker = new Worker(new URL('./parse-worker.ts', import.meta.url), {
    name: 'plimsoll-manifests',
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMiB },
  })
  await once(worker, 'online')
  return worker
}
