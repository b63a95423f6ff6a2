import type { JsonObject } from '@plimsoll/domain'
import type { ManifestError } from './manifest-error.ts'
import type { ParsedObject } from './parse-manifest-file.ts'
import type { ManifestCache } from './manifest-cache.ts'
import type { TreeFile } from './select-files.ts'
import type { AgeKeys } from './sops/age-keys.ts'

export type RenderInput = {
  /** Every entry under the target path. */
  readonly files: readonly TreeFile[]
  /** Bodies by Git id, for those files that the renderer wants to see. */
  read(blobs: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>
  /** Bytes of bodies by Git id, so that no more are read at a time than can be held. */
  sizes?(blobs: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** What files with these ids were parsed to before. */
  readonly cache?: ManifestCache
  /** For files that SOPS encrypted. */
  readonly ageKeys?: AgeKeys
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

export type RendererName = 'plain' | 'kustomize' | 'helm'

/** What a renderer reads that is a program of its own, and that program. */
export type ToolRenderInput = {
  /** The folder that is rendered, by its path from the root of the repository; `.` is the root. */
  readonly target: string
  /** Bodies of all files that the render may read, by path from the root of the repository; decrypted where they are to be. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly tool: RenderTool
  /** What the operator lets renders fetch from, as `closureOf` has it. Default none. */
  readonly hosts?: readonly string[]
  readonly signal?: AbortSignal
}

/**
 * A program that renders, in a sandbox without credentials and files other than those given, and without a network unless
 * a run asks for one.
 */
export type RenderTool = {
  readonly version: string
  /** Resolves however the program ended by itself; rejects when it was stopped or could not be started. */
  run(request: ToolRun): Promise<ToolOutput>
}

export type ToolRun = {
  readonly args: readonly string[]
  /** By path from the folder that the program is started in. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly env?: Readonly<Record<string, string>>
  /** Other programs that this one starts. */
  readonly with?: readonly 'helm'[]
  /** What it may fetch from, and whether it needs the machine's `git` for that. Default no network. */
  readonly network?: { readonly hosts: readonly string[]; readonly git: boolean }
  /** Folders whose files are in the output if it ends with code 0. Default none. */
  readonly collect?: readonly string[]
  readonly signal?: AbortSignal
}

export type ToolOutput = {
  readonly stdout: Uint8Array
  readonly stderr: string
  readonly exitCode: number
  /** Of `collect`, by path from the folder that the program was started in. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Which hosts it asked for and may not reach, and which did not answer. */
  readonly refused: readonly HostProblem[]
  readonly unreachable: readonly HostProblem[]
}

export type HostProblem = { readonly host: string; readonly port: number; readonly because: string }

/**
 * What a program rendered. `file` of an object is the file it comes from, by its path from the root of the repository;
 * `line` is 0 where the program does not tell it, and `blob` is empty.
 */
export type ToolRendering = {
  readonly objects: readonly ParsedObject[]
  /** What Helm would run at a point of a release rather than keep: it is not among the objects. */
  readonly hooks: readonly RenderedHook[]
}

export type RenderedHook = ParsedObject & {
  /** `pre-install`, `post-upgrade`, … as in `helm.sh/hook`; never `test`. */
  readonly events: readonly string[]
  readonly weight: number
  readonly deletePolicies: readonly string[]
}

export type ToolRenderResult = ToolRendering | readonly ManifestError[]

/** How a chart is rendered. */
export type HelmParameters = {
  readonly releaseName: string
  readonly namespace: string
  /** Relative to the target; they may lie elsewhere in the repository. Later ones win. */
  readonly valuesFiles: readonly string[]
  /** Win over those of the files. */
  readonly values: JsonObject
  /** Of the destination, as `1.36.4`; null for what Helm was built with. */
  readonly kubeVersion: string | null
  /** What the destination serves: `apps/v1`, `apps/v1/Deployment`, … */
  readonly apiVersions: readonly string[]
}
