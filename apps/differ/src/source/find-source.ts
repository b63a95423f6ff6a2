import type { Fault, WorkflowConfig } from '@plimsoll/domain'
import { contentId, InvalidTreeError } from '@plimsoll/git'
import { closureOf } from '@plimsoll/manifests'
import type { ManifestError, RemoteReference, RendererName } from '@plimsoll/manifests'
import { sourceKeyOf } from '@plimsoll/service'
import { sourceTree, TreeTooLargeError } from './git-tree.ts'
import type { FileAt, ReadGitObjects } from './git-tree.ts'
import { missingPath, noFolder, PlanFault, unreadableFolder } from '../plan-fault.ts'

/** What of a commit a workflow renders, found by the text of its files. */
export type Source = {
  readonly renderer: RendererName
  /** The roots that the render can read, as paths, and what tells whether their content is another: see MadePlan. */
  readonly paths: readonly string[]
  readonly tree: string | null
  /** What lies at the roots. */
  readonly roots: readonly FileAt[]
  /** What Kustomize is to fetch besides. */
  readonly remotes: readonly RemoteReference[]
}

/** A source that cannot be rendered before a person changes it; `source` is what it depends on nevertheless. */
export type FoundSource = { readonly source: Source; readonly fault: PlanFault | undefined }

/** Finds all that rendering a commit can read; `hosts` are what it may fetch from. Throws NotStoredError with the paths that the poller has to store first. */
export async function findSource(
  read: ReadGitObjects,
  { revision, tree: root }: { readonly revision: string; readonly tree: string },
  { target_path: target, source: { renderer, helm } }: Pick<WorkflowConfig, 'target_path' | 'source'>,
  hosts: readonly string[] = [],
): Promise<FoundSource> {
  const at = async (paths: readonly string[], chosen: RendererName = 'plain'): Promise<Source> => {
    const { found } = await sourceTree(read, root).find(paths)
    const roots = paths.flatMap((path) => {
      const entry = found.get(path)
      return entry === undefined ? [] : [{ path, ...entry }]
    })
    return { renderer: chosen, paths, tree: keyOf(paths, roots), roots, remotes: [] }
  }
  try {
    const tree = sourceTree(read, root)
    const { found, stopped } = await tree.find([target])
    const entry = found.get(target)
    if (entry?.mode !== '40000') {
      const obstacle = entry === undefined ? stopped.get(target) : { ...entry, at: target }
      const fault =
        obstacle === undefined ? missingPath(target, revision) : noFolder(target, obstacle.at, obstacle.mode)
      return { source: await at([target]), fault }
    }
    const closure = await closureOf(tree, { target, renderer, helm, hosts })
    const source = { ...(await at(closure.roots, closure.renderer)), remotes: closure.remotes }
    const faults = closure.errors.map((error) => referenceFault(error))
    return { source, fault: faults.length === 0 ? undefined : new PlanFault('render', faults) }
  } catch (error) {
    if (!(error instanceof InvalidTreeError) && !(error instanceof TreeTooLargeError)) throw error
    // Which folder it is cannot be told: whatever changes may mend it.
    const source = { renderer: 'plain', paths: ['.'], tree: root, roots: [], remotes: [] } as const
    return { source, fault: unreadableFolder(target, error) }
  }
}

/** What tells whether a commit has something else at paths than another; null when there is nothing at the only one. */
export async function sourceKey(read: ReadGitObjects, root: string, paths: readonly string[]): Promise<string | null> {
  try {
    const { found } = await sourceTree(read, root).find(paths)
    const entries = [...found].map(([path, entry]) => ({ path, ...entry }))
    return keyOf(paths, entries)
  } catch (error) {
    if (error instanceof InvalidTreeError) return null
    throw error
  }
}

function keyOf(paths: readonly string[], entries: readonly FileAt[]): string | null {
  const ids = new Map(entries.map((entry) => [entry.path, contentId(entry)]))
  return sourceKeyOf(paths.map((path) => ({ path, tree: ids.get(path) ?? null })))
}

function referenceFault({ file, line, message, try: remedy }: ManifestError): Fault {
  return {
    what: 'the folder cannot be rendered',
    where: line > 0 ? `${file}:${line}` : file,
    because: message,
    try: remedy,
  }
}
