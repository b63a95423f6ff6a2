import type { ObservedRevision } from '@plimsoll/domain'
import type { StoredPath } from './store-objects.ts'

/** One remote, opened with its credentials. All throw SourceError. */
export type Source = {
  /** The commit at the head of the branch: one ls-refs. */
  readonly head: (signal: AbortSignal) => Promise<string>
  /** Makes a commit's objects readable: one fetch at most. */
  readonly fetch: (commit: string, signal: AbortSignal) => Promise<ObservedRevision>
  /** Stores what lies at paths and is not stored yet; answers each path's content id, an empty text for what is missing. */
  readonly store: (revision: ObservedRevision, paths: readonly StoredPath[]) => Promise<ReadonlyMap<string, string>>
  /** What a branch, tag, ref or commit stands for, also by the beginning of one of the `known` commits; it is fetched. */
  readonly resolve: (ref: string, known: readonly string[], signal: AbortSignal) => Promise<ObservedRevision>
  /** Stores what lies at paths of any revision apart from the branch's own objects; `ref` may lead to it. */
  readonly storePreview: (
    of: { readonly revision: string; readonly ref: string | null },
    paths: readonly string[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, string>>
  /** Nobody previews anything any more. */
  readonly forgetPreviews: () => Promise<void>
}
