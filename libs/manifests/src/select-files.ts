import ignore, { type Ignore } from 'ignore'
import type { ManifestError } from './manifest-error.ts'

/** One entry of the folder that is rendered. */
export type TreeFile = {
  /** Relative to that folder, with slashes. */
  readonly path: string
  /** Git's mode: 100644 and 100755 file, 120000 symbolic link, 160000 submodule. Folders are left out or ignored. */
  readonly mode: string
  readonly blob: string
}

export type Selection = {
  readonly manifests: readonly TreeFile[]
  /** Their targets are not known before they are read. */
  readonly links: readonly TreeFile[]
  readonly errors: readonly ManifestError[]
}

export const ignoreFileNames: readonly string[] = ['.plimsollignore', '.sourceignore']

/** What lies in many repositories and is never a manifest. An ignore file can take it back (`!.hidden`). */
const ignoredByDefault = [
  '.*',
  'appveyor.yml',
  'azure-pipelines.yml',
  'bitbucket-pipelines.yml',
  'buildspec.yml',
  'cloudbuild.yaml',
  'codeship-services.yml',
  'codeship-steps.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
]

export function isManifestPath(path: string): boolean {
  return /\.(?:ya?ml|json)$/.test(path)
}

/** Chooses what to read. `ignoreFiles` holds the text of every ignore file by path. */
export function selectFiles(entries: readonly TreeFile[], ignoreFiles: Readonly<Record<string, string>>): Selection {
  const isIgnored = createFilter(ignoreFiles)
  const manifests: TreeFile[] = []
  const links: TreeFile[] = []
  const errors: ManifestError[] = []
  for (const entry of entries) {
    if (entry.mode === '40000' || isIgnored(entry.path)) continue
    if (entry.mode === '160000') errors.push(submodule(entry.path))
    else if (entry.mode === '120000') links.push(entry)
    else if (isManifestPath(entry.path)) manifests.push(entry)
  }
  return { manifests, links, errors }
}

function createFilter(ignoreFiles: Readonly<Record<string, string>>): (path: string) => boolean {
  const rules = new Map<string, Ignore>([['', newIgnore().add(ignoredByDefault)]])
  for (const name of ignoreFileNames)
    for (const [path, text] of Object.entries(ignoreFiles)) {
      const [folder, base] = split(path)
      if (base === name) rules.set(folder, (rules.get(folder) ?? newIgnore()).add(text))
    }
  const folders = new Map<string, boolean>([['', false]])
  const isFolderIgnored = (folder: string): boolean => {
    const known = folders.get(folder)
    if (known !== undefined) return known
    const [parent] = split(folder)
    const ignored = isFolderIgnored(parent) || verdict(rules, `${folder}/`)
    folders.set(folder, ignored)
    return ignored
  }
  return (path) => isFolderIgnored(split(path)[0]) || verdict(rules, path)
}

/** As Git: the rules of the deepest folder that say anything decide. */
function verdict(rules: ReadonlyMap<string, Ignore>, path: string): boolean {
  const parts = path.replace(/\/$/, '').split('/')
  for (let depth = parts.length - 1; depth >= 0; depth--) {
    const folder = parts.slice(0, depth).join('/')
    const result = rules.get(folder)?.test(folder === '' ? path : path.slice(folder.length + 1))
    if (result?.ignored) return true
    if (result?.unignored) return false
  }
  return false
}

function newIgnore(): Ignore {
  return ignore({ ignorecase: false })
}

function split(path: string): [folder: string, base: string] {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)]
}

function submodule(file: string): ManifestError {
  return {
    file,
    line: 0,
    message: 'this is a submodule, and Plimsoll does not follow submodules',
    try: 'register that repository by itself, or exclude the path in .plimsollignore',
  }
}
