import type { FileResult } from './parse-job.ts'

/** What each blob parsed to, so that a commit costs no more than the files it touches. */
export type ManifestCache = {
  get(blob: string): FileResult | undefined
  set(blob: string, result: FileResult): void
}

/** Keeps the blobs used last, up to a number of objects. */
export function createManifestCache(maxObjects = 50_000): ManifestCache {
  const results = new Map<string, FileResult>()
  let objects = 0
  const sizeOf = (result: FileResult) => Math.max(1, result.objects.length)
  return {
    get: (blob) => {
      const result = results.get(blob)
      if (result === undefined) return undefined
      results.delete(blob)
      results.set(blob, result)
      return result
    },
    set: (blob, result) => {
      const before = results.get(blob)
      if (before !== undefined) objects -= sizeOf(before)
      results.delete(blob)
      results.set(blob, result)
      objects += sizeOf(result)
      for (const [oldest, dropped] of results) {
        if (objects <= maxObjects || oldest === blob) break
        results.delete(oldest)
        objects -= sizeOf(dropped)
      }
    },
  }
}
