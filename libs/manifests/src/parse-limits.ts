import type { ReadLimits } from './read-node.ts'

export type ParseLimits = ReadLimits & {
  readonly maxFileBytes: number
  readonly maxDocuments: number
  /** Cap on all files of one call together. */
  readonly maxBytes: number
  /** Time for one call. */
  readonly timeoutMs: number
  /** Time for one chunk of files, the unit that callers take turns by. */
  readonly chunkTimeoutMs: number
  /** Heap of the worker that parses. */
  readonly maxHeapMiB: number
}

export const defaultParseLimits: ParseLimits = {
  maxDepth: 100,
  maxAliasedNodes: 100_000,
  maxFileBytes: 16 * 1024 * 1024,
  maxDocuments: 20_000,
  maxBytes: 256 * 1024 * 1024,
  timeoutMs: 60_000,
  chunkTimeoutMs: 10_000,
  maxHeapMiB: 1024,
}
