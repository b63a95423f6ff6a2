import type { ManifestError } from './manifest-error.ts'
import type { ParsedObject } from './parse-manifest-file.ts'
import type { ManifestCache } from './manifest-cache.ts'
import type { TreeFile } from './select-files.ts'

export type RenderInput = {
  /** Every entry under the target path. */
  readonly files: readonly TreeFile[]
  /** Bodies by Git id, for those files that the renderer wants to see. */
  read(blobs: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>
  /** What files with these ids were parsed to before. */
  readonly cache?: ManifestCache
  readonly signal?: AbortSignal
  /** How long the patterns of ignore files may take to match. */
  readonly selectTimeoutMs?: number
}

export type RenderResult = { readonly objects: readonly ParsedObject[] } | readonly ManifestError[]

/** A way to turn files into objects. */
export type Renderer = {
  readonly name: string
  /** Whether these paths, relative to the target path, look like its own. */
  accepts(paths: readonly string[]): boolean
  render(input: RenderInput): Promise<RenderResult>
}
