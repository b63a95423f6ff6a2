import type { ManifestError } from './manifest-error.ts'
import { isManifestPath, type TreeFile } from './select-files.ts'

const maxSteps = 10

/**
 * Follows symbolic links within the folder, by text alone: nothing outside is ever looked at. A link that is named like
 * a manifest becomes a manifest with the body it leads to.
 */
export function resolveLinks(
  links: readonly TreeFile[],
  entries: readonly TreeFile[],
  targets: ReadonlyMap<string, Uint8Array>,
): { readonly manifests: readonly TreeFile[]; readonly errors: readonly ManifestError[] } {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  const folders = new Set(entries.flatMap(({ path }) => ancestors(path)))
  const manifests: TreeFile[] = []
  const errors: ManifestError[] = []
  for (const link of links) {
    const target = followLink(link, byPath, targets)
    if (target?.entry && isManifestPath(link.path)) manifests.push({ ...target.entry, path: link.path })
    else if (target?.entry) continue
    else if (isManifestPath(link.path) || !/\.\w+$/.test(link.path) || (target && folders.has(target.path)))
      errors.push(refused(link.path))
  }
  return { manifests, errors }
}

/** What a link leads to, over other links too; without `entry` a folder, or nothing. Undefined when it leads out. */
export function followLink(
  link: TreeFile,
  byPath: ReadonlyMap<string, TreeFile>,
  targets: ReadonlyMap<string, Uint8Array>,
): { path: string; entry?: TreeFile } | undefined {
  let current = link
  for (let step = 0; step < maxSteps; step++) {
    const text = Buffer.from(targets.get(current.blob) ?? []).toString('utf8')
    const path = join(current.path, text)
    if (path === undefined) return undefined
    const entry = byPath.get(path)
    if (entry === undefined || entry.mode === '40000' || entry.mode === '160000') return { path }
    if (entry.mode !== '120000') return { path, entry }
    current = entry
  }
  return undefined
}

/** The path that a link's text names, or undefined when it leaves the folder. */
function join(from: string, text: string): string | undefined {
  if (text === '' || text.startsWith('/') || text.includes('\0')) return undefined
  const parts = from.split('/').slice(0, -1)
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}

function ancestors(path: string): string[] {
  const parts = path.split('/')
  return parts.map((_, i) => parts.slice(0, i).join('/'))
}

function refused(file: string): ManifestError {
  return {
    file,
    line: 0,
    message: 'this symbolic link does not lead to a file inside the rendered folder',
    try: 'replace it by the file, or exclude it in .plimsollignore',
  }
}
