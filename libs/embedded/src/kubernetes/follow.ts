import { setTimeout as delay } from 'node:timers/promises'
import type { Api, ApiObject } from './open-api.ts'

export type Seen = (type: 'present' | 'deleted', object: ApiObject) => void

/**
 * Lists and watches a collection until the signal: `see` hears of every object at least once, and of each change.
 * A watch that ends or expires starts again from a fresh list; an API server that is away is waited for.
 */
export async function follow(api: Api, path: string, see: Seen, signal: AbortSignal): Promise<void> {
  let pauseMs = 100
  while (!signal.aborted) {
    try {
      const version = await list(api, path, see)
      pauseMs = 100
      const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${version}`
      for await (const { type, object } of api.watch(`${path}?${query}`, signal)) {
        if (type === 'ERROR') break
        if (type !== 'BOOKMARK') see(type === 'DELETED' ? 'deleted' : 'present', object as ApiObject)
      }
    } catch {
      pauseMs = Math.min(5_000, pauseMs * 2)
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}

async function list(api: Api, path: string, see: Seen): Promise<string> {
  const { status, body } = await api.request('GET', path)
  if (status !== 200) throw new Error(`list ${path}: HTTP ${status}`)
  const { items, metadata } = body as { items: readonly ApiObject[]; metadata: { resourceVersion: string } }
  for (const item of items) see('present', item)
  return metadata.resourceVersion
}
