import type { KubernetesObject } from './object-ref.ts'

/** An object as Git declares it; `digest` is over its canonical form, `line` is where its document begins. */
export type RenderedObject = {
  readonly object: KubernetesObject
  readonly line: number
  readonly digest: string
  /** JSON pointers of values that came out of decryption; missing where there are none. */
  readonly sensitive?: readonly string[]
}

/** An object that is run rather than kept, by its `helm.sh/hook` annotations. */
export type RenderedHook = {
  readonly object: KubernetesObject
  readonly path: string
  /** `pre-install`, `post-upgrade`, … */
  readonly events: readonly string[]
  readonly weight: number
  readonly delete_policies: readonly string[]
  readonly sensitive?: readonly string[]
}

/** A rendered revision, by file, so that the next revision parses only what changed. */
export type ManifestSet = {
  /** Digest of all that the render could read and how it was made: what has the same is not rendered again. */
  readonly key?: string
  readonly renderer?: 'plain' | 'kustomize' | 'helm'
  /** The public side of the keys that opened its encrypted files; missing where there are none. */
  readonly opened_by?: readonly string[]
  readonly files: readonly {
    readonly path: string
    /** Git id of the file; empty if it is what a program made of several. */
    readonly blob: string
    readonly objects: readonly RenderedObject[]
  }[]
  /** What Helm would run at a point of a release; missing where there is nothing of the kind. */
  readonly hooks?: readonly RenderedHook[]
}
