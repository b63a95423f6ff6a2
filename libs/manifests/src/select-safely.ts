import { runJob, WorkerStoppedError } from './parse-job.ts'
import { defaultParseLimits } from './parse-limits.ts'
import type { RenderInput } from './renderer.ts'
import { ignoreFileNames, type Purpose, type Selection, selectFiles } from './select-files.ts'

type SelectInput = Pick<RenderInput, 'files' | 'read' | 'signal' | 'selectTimeoutMs'>

/** A pattern can be written so that matching takes for ever: foreign patterns run in the worker, under a deadline. */
export async function selectSafely(
  { files, read, signal, selectTimeoutMs = 10_000 }: SelectInput,
  purpose: Purpose,
): Promise<Selection> {
  const ignoring = files.filter(({ path, mode }) => mode.startsWith('100') && isIgnoreFile(path))
  if (ignoring.length === 0) return selectFiles(files, {}, purpose)
  const bodies = await read(ignoring.map(({ blob }) => blob))
  const ignoreFiles = Object.fromEntries(
    ignoring.map(({ path, blob }) => [path, Buffer.from(bodies.get(blob) ?? []).toString('utf8')]),
  )
  const options = { timeoutMs: selectTimeoutMs, maxHeapMiB: defaultParseLimits.maxHeapMiB, ...(signal && { signal }) }
  try {
    const reply = await runJob({ type: 'select', entries: files, ignoreFiles, purpose }, options)
    return reply.type === 'select' ? reply.selection : selectFiles(files, {}, purpose)
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
