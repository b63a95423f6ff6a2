import type { ManifestError } from './manifest-error.ts'
import { parseEach } from './parse-in-worker.ts'
import { type FileResult, runJob, WorkerStoppedError } from './parse-job.ts'
import { defaultParseLimits } from './parse-limits.ts'
import type { Renderer, RenderInput, RenderResult } from './renderer.ts'
import { resolveLinks } from './resolve-links.ts'
import { ignoreFileNames, type Selection, selectFiles, type TreeFile } from './select-files.ts'

/** YAML and JSON files as they are: `*.yaml`, `*.yml` and `*.json`, folders included, less what ignore files exclude. */
export const plainRenderer: Renderer = { name: 'plain', accepts: () => true, render: renderPlain }

const lfsPointer = Buffer.from('version https://git-lfs.github.com/spec/v1')

/** Renders plain manifests, files in the order of their paths. Returns every error found, or the objects. */
export async function renderPlain(input: RenderInput): Promise<RenderResult> {
  const { manifests: files, links, errors } = await select(input)
  const linked = resolveLinks(links, input.files, await input.read(links.map(({ blob }) => blob)))
  const manifests = [...files, ...linked.manifests].toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const results = await parseFiles(manifests, input)
  const found = [...errors, ...linked.errors, ...results.flatMap((result) => result.errors)]
  return found.length > 0 ? found : { objects: results.flatMap((result) => result.objects) }
}

/** A pattern can be written so that matching takes for ever: foreign patterns run in the worker, under a deadline. */
async function select({ files, signal, selectTimeoutMs = 10_000, ...input }: RenderInput): Promise<Selection> {
  const ignoring = files.filter(({ path, mode }) => mode.startsWith('100') && isIgnoreFile(path))
  if (ignoring.length === 0) return selectFiles(files, {})
  const bodies = await input.read(ignoring.map(({ blob }) => blob))
  const ignoreFiles = Object.fromEntries(
    ignoring.map(({ path, blob }) => [path, Buffer.from(bodies.get(blob) ?? []).toString('utf8')]),
  )
  const options = { timeoutMs: selectTimeoutMs, maxHeapMiB: defaultParseLimits.maxHeapMiB, ...(signal && { signal }) }
  try {
    const reply = await runJob({ type: 'select', entries: files, ignoreFiles }, options)
    return reply.type === 'select' ? reply.selection : selectFiles(files, {})
  } catch (error) {
    if (!(error instanceof WorkerStoppedError)) throw error
    const errors = ignoring.map(({ path: file }) => ({
      file,
      line: 0,
      message: `matching its patterns ran out of ${error.reason}`,
      try: 'use fewer wildcards in one pattern',
    }))
    return { manifests: [], links: [], errors }
  }
}

function isIgnoreFile(path: string): boolean {
  return ignoreFileNames.some((name) => path === name || path.endsWith(`/${name}`))
}

async function parseFiles(manifests: readonly TreeFile[], input: RenderInput): Promise<readonly FileResult[]> {
  const results = new Map<string, FileResult>()
  for (const { path, blob } of manifests) {
    const known = input.cache?.get(blob)
    if (known !== undefined) results.set(path, relabel(known, path))
  }
  const unknown = manifests.filter(({ path }) => !results.has(path))
  const bodies = await input.read([...new Set(unknown.map(({ blob }) => blob))])
  const files = unknown.flatMap(({ path, blob }) => {
    const body = bodies.get(blob)
    if (body !== undefined && !isPointer(body)) return [{ path, blob, body }]
    results.set(path, unreadable(path, body))
    return []
  })
  const parsed = await parseEach(files, input.signal ? { signal: input.signal } : {})
  files.forEach(({ path, blob }, i) => {
    const result = parsed[i] ?? unreadable(path, undefined)
    results.set(path, result)
    if (result.errors.length === 0) input.cache?.set(blob, result)
  })
  return manifests.flatMap(({ path }) => results.get(path) ?? [])
}

/** The same body may lie at several paths. */
function relabel(result: FileResult, path: string): FileResult {
  return { objects: result.objects.map((parsed) => ({ ...parsed, file: path })), errors: result.errors }
}

function isPointer(body: Uint8Array): boolean {
  return lfsPointer.equals(body.subarray(0, lfsPointer.length))
}

function unreadable(file: string, body: Uint8Array | undefined): FileResult {
  const error: ManifestError =
    body === undefined
      ? { file, line: 0, message: 'its content has not been fetched', try: 'poll the repository again' }
      : {
          file,
          line: 0,
          message: 'this is a pointer to a file in Git LFS, and Plimsoll does not fetch from LFS',
          try: 'commit the file itself, or exclude it in .plimsollignore',
        }
  return { objects: [], errors: [error] }
}
