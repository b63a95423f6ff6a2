import { InvalidManifestsError, type ManifestError } from './manifest-error.ts'
import { parseEach } from './parse-in-worker.ts'
import { type FileResult } from './parse-job.ts'
import { defaultParseLimits, type ParseLimits } from './parse-limits.ts'
import type { SourceFile } from './parse-manifest-file.ts'
import { portionsOf } from './portions-of.ts'
import { isPointer, unreadable } from './refused-file.ts'
import type { Renderer, RenderInput, RenderResult } from './renderer.ts'
import { resolveLinks } from './resolve-links.ts'
import { type Selection, type TreeFile } from './select-files.ts'
import { selectSafely } from './select-safely.ts'
import { decryptSops, type DecryptedValue, isSopsFile } from './sops/decrypt-sops.ts'
import { sensitivePointers } from './sops/sensitive-pointers.ts'

/** YAML and JSON files as they are: `*.yaml`, `*.yml` and `*.json`, folders included, less what ignore files exclude. */
export const plainRenderer: Renderer = { name: 'plain', accepts: () => true, render: renderPlain }

/** What is rendered of a folder: its manifests in the order of their paths, and what is wrong with others. */
export type PlainFiles = { readonly manifests: readonly TreeFile[]; readonly errors: readonly ManifestError[] }

/** Renders plain manifests, files in the order of their paths. Returns every error found, or the objects. */
export async function renderPlain(input: RenderInput): Promise<RenderResult> {
  return parsePlain(await selectPlain(input), input)
}

/** Chooses what to render; only ignore files and symbolic links are read. */
export async function selectPlain(input: RenderInput): Promise<PlainFiles> {
  const { manifests: files, links, errors }: Selection = await selectSafely(input, 'manifests')
  const linked = resolveLinks(links, input.files, await input.read(links.map(({ blob }) => blob)))
  const manifests = [...files, ...linked.manifests].toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return { manifests, errors: [...errors, ...linked.errors] }
}

/** Parses what was chosen. Returns every error found, the given ones too, or the objects. */
export async function parsePlain({ manifests, errors }: PlainFiles, input: RenderInput): Promise<RenderResult> {
  const results = await parseFiles(manifests, input)
  const found = [...errors, ...results.flatMap((result) => result.errors)]
  return found.length > 0 ? found : { objects: results.flatMap((result) => result.objects) }
}

async function parseFiles(manifests: readonly TreeFile[], input: RenderInput): Promise<readonly FileResult[]> {
  const results = new Map<string, FileResult>()
  for (const { path, blob } of manifests) {
    const known = input.cache?.get(blob)
    if (known !== undefined) results.set(path, relabel(known, path))
  }
  const unknown = manifests.filter(({ path }) => !results.has(path))
  const deadline = performance.now() + defaultParseLimits.timeoutMs
  let maxBytes = defaultParseLimits.maxBytes
  const { portions } = await portionsOf(unknown, input)
  for (const portion of portions) {
    const timeoutMs = Math.max(0, deadline - performance.now())
    maxBytes -= await parsePortion(portion, results, input, { maxBytes, timeoutMs })
  }
  return manifests.flatMap(({ path }) => results.get(path) ?? [])
}

/** Answers how many bytes were read. */
async function parsePortion(
  portion: readonly TreeFile[],
  results: Map<string, FileResult>,
  input: RenderInput,
  limits: Partial<ParseLimits>,
): Promise<number> {
  const bodies = await input.read([...new Set(portion.map(({ blob }) => blob))])
  const files: SourceFile[] = []
  const decrypted = new Map<string, readonly DecryptedValue[]>()
  for (const { path, blob } of portion) {
    const body = bodies.get(blob)
    if (body === undefined || isPointer(body)) results.set(path, { objects: [], errors: [unreadable(path, body)] })
    else if (!isSopsFile(path, body)) files.push({ path, blob, body })
    else {
      const opened = await decryptSops({ path, body }, input.ageKeys ?? []).catch(errorsOf)
      if ('errors' in opened) results.set(path, { objects: [], errors: [...opened.errors] })
      else {
        files.push({ path, blob, body: opened.body })
        decrypted.set(path, opened.sensitive)
      }
    }
  }
  const parsed = await parseEach(files, { limits, ...(input.signal && { signal: input.signal }) })
  files.forEach(({ path, blob }, i) => {
    const result = parsed[i]
    if (result === undefined) return
    const marked = markSensitive(result, decrypted.get(path) ?? [])
    results.set(path, marked)
    if (marked.errors.length === 0) input.cache?.set(blob, marked)
  })
  return files.reduce((sum, { body }) => sum + body.length, 0)
}

function errorsOf(error: unknown): { readonly errors: readonly ManifestError[] } {
  if (error instanceof InvalidManifestsError) return { errors: error.errors }
  throw error
}

function markSensitive(result: FileResult, decrypted: readonly DecryptedValue[]): FileResult {
  if (decrypted.length === 0) return result
  const objects = result.objects.map((parsed) => ({
    ...parsed,
    sensitive: sensitivePointers(parsed.object, decrypted),
  }))
  return { objects, errors: result.errors }
}

/** The same body may lie at several paths. */
function relabel(result: FileResult, path: string): FileResult {
  return { objects: result.objects.map((parsed) => ({ ...parsed, file: path })), errors: result.errors }
}
