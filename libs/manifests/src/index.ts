export { type ClosureBodies, closureBodies, type ClosureFiles, closureFiles } from './closure/closure-files.ts'
export { type Closure, closureOf, type ClosureOptions } from './closure/closure-of.ts'
export { hostsSetting, isHostRule, type RemoteReference } from './closure/remote-hosts.ts'
export type { SourceEntry, SourceTree } from './closure/source-tree.ts'
export { detectRenderer } from './detect-renderer.ts'
export { FetchFailedError } from './fetch-failed-error.ts'
export { helmAdapterVersion, renderHelm } from './helm/render-helm.ts'
export { identity } from './identity.ts'
export { kustomizeAdapterVersion, renderKustomize } from './kustomize/render-kustomize.ts'
export { createManifestCache, type ManifestCache } from './manifest-cache.ts'
export { describeManifestError, InvalidManifestsError, type ManifestError } from './manifest-error.ts'
export { parseInWorker, type ParseOptions } from './parse-in-worker.ts'
export type { FileResult } from './parse-job.ts'
export { defaultParseLimits, type ParseLimits } from './parse-limits.ts'
export { type ParsedObject, parseManifestFile, type SourceFile } from './parse-manifest-file.ts'
export { parsePlain, type PlainFiles, plainRenderer, renderPlain, selectPlain } from './render-plain.ts'
export type {
  HelmParameters,
  HostProblem,
  RenderedHook,
  Renderer,
  RendererName,
  RenderInput,
  RenderResult,
  RenderTool,
  ToolOutput,
  ToolRendering,
  ToolRenderInput,
  ToolRenderResult,
  ToolRun,
} from './renderer.ts'
export { AgeKeyError, type AgeKeys, parseAgeKeys, recipientsOf } from './sops/age-keys.ts'
export {
  type DecryptedFile,
  type DecryptedValue,
  decryptSops,
  type EncryptedFile,
  isSopsFile,
} from './sops/decrypt-sops.ts'
export { encryptedLeaf, hideDecrypted, sensitiveByValue, sensitivePointers } from './sops/sensitive-pointers.ts'
export { isManifestPath, type TreeFile } from './select-files.ts'
