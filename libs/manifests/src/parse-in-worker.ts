import type { ManifestError } from './manifest-error.ts'
import { type FileResult, runJob, WorkerStoppedError } from './parse-job.ts'
import { defaultParseLimits, type ParseLimits } from './parse-limits.ts'
import { type ParsedObject, readManifestFile, type SourceFile } from './parse-manifest-file.ts'

/** Small enough that parsing here takes less than starting a worker, whatever the text holds. */
const inlineBytes = 32 * 1024
const chunkBytes = 2 * 1024 * 1024
const chunkFiles = 500

export type ParseOptions = { readonly limits?: Partial<ParseLimits>; readonly signal?: AbortSignal }

/**
 * Parses files beside the main thread, a chunk at a time, so that callers take turns. A file that runs out of time or
 * memory is an error of that file. Returns every error found, or the objects in the order of the files.
 */
export async function parseInWorker(
  files: readonly SourceFile[],
  options: ParseOptions = {},
): Promise<{ readonly objects: readonly ParsedObject[] } | readonly ManifestError[]> {
  const results = await parseEach(files, options)
  const errors = results.flatMap((result) => result.errors)
  return errors.length > 0 ? errors : { objects: results.flatMap((result) => result.objects) }
}

/** As parseInWorker, with one result for each file. */
export async function parseEach(
  files: readonly SourceFile[],
  { limits: given = {}, signal }: ParseOptions = {},
): Promise<readonly FileResult[]> {
  const limits = { ...defaultParseLimits, ...given }
  const bytes = files.reduce((sum, { body }) => sum + body.length, 0)
  if (bytes > limits.maxBytes) return files.map((file) => tooMuchTogether(file, limits))
  if (bytes <= inlineBytes) return files.map((file) => readManifestFile(file, limits))
  const deadline = performance.now() + limits.timeoutMs
  const results: FileResult[] = []
  for (const chunk of chunksOf(files)) results.push(...(await parseChunk(chunk, limits, deadline, signal)))
  return results
}

async function parseChunk(
  files: readonly SourceFile[],
  limits: ParseLimits,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<readonly FileResult[]> {
  const left = deadline - performance.now()
  if (left <= 0 || files.length === 0) return files.map((file) => stopped(file, 'time'))
  const progress = new SharedArrayBuffer(4)
  const options = {
    timeoutMs: Math.min(left, limits.chunkTimeoutMs),
    maxHeapMiB: limits.maxHeapMiB,
    ...(signal && { signal }),
  }
  try {
    const reply = await runJob({ type: 'parse', files, limits, progress }, options)
    return reply.type === 'parse' ? reply.results : []
  } catch (error) {
    if (!(error instanceof WorkerStoppedError)) throw error
    const at = Atomics.load(new Int32Array(progress), 0)
    return [
      ...(await parseChunk(files.slice(0, at), limits, deadline, signal)),
      ...files.slice(at, at + 1).map((file) => stopped(file, error.reason)),
      ...(await parseChunk(files.slice(at + 1), limits, deadline, signal)),
    ]
  }
}

function* chunksOf(files: readonly SourceFile[]): Generator<readonly SourceFile[]> {
  let chunk: SourceFile[] = []
  let bytes = 0
  for (const file of files) {
    chunk.push(file)
    bytes += file.body.length
    if (bytes < chunkBytes && chunk.length < chunkFiles) continue
    yield chunk
    chunk = []
    bytes = 0
  }
  if (chunk.length > 0) yield chunk
}

function stopped({ path }: SourceFile, reason: 'time' | 'memory'): FileResult {
  const message = `parsing the file ran out of ${reason}`
  return { objects: [], errors: [{ file: path, line: 0, message, try: 'split it, or exclude it in .plimsollignore' }] }
}

function tooMuchTogether({ path }: SourceFile, { maxBytes }: ParseLimits): FileResult {
  const message = `the manifests together are larger than ${maxBytes} bytes`
  return { objects: [], errors: [{ file: path, line: 0, message, try: 'spread them over several workflows' }] }
}
