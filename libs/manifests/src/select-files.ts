import ignore, { type Ignore } from 'ignore'
import type { ManifestError } from './manifest-error.ts'
import { submodule } from './refused-file.ts'

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

/** What marks a folder as one for another renderer. */
const foreignFolders: ReadonlyMap<string, string> = new Map([
  ['kustomization.yaml', 'Kustomize'],
  ['kustomization.yml', 'Kustomize'],
  ['Kustomization', 'Kustomize'],
  ['Chart.yaml', 'Helm'],
])

/** `manifests` takes plain manifests only; `everything` is for programs: what they read they choose themselves. */
export type Purpose = 'manifests' | 'everything'

/** Chooses what to read. `ignoreFiles` holds the text of every ignore file by path. */
export function selectFiles(
  entries: readonly TreeFile[],
  ignoreFiles: Readonly<Record<string, string>>,
  purpose: Purpose,
): Selection {
  const isIgnored = createFilter(ignoreFiles, purpose === 'manifests' ? ignoredByDefault : [])
  const chosen = entries.filter(({ path, mode }) => mode !== '40000' && !isIgnored(path))
  return purpose === 'manifests' ? selectManifests(chosen) : selectAll(chosen)
}

function selectAll(chosen: readonly TreeFile[]): Selection {
  return {
    manifests: chosen.filter(({ mode }) => mode.startsWith('100')),
    links: chosen.filter(({ mode }) => mode === '120000'),
    errors: chosen.filter(({ mode }) => mode === '160000').map(({ path }) => submodule(path)),
  }
}

function selectManifests(chosen: readonly TreeFile[]): Selection {
  const foreign = chosen.filter(({ path }) => foreignFolders.has(split(path)[1]))
  const roots = foreign.map(({ path }) => path.slice(0, path.length - split(path)[1].length))
  // Templates and patches would only add errors that mislead.
  const ours = roots.length === 0 ? chosen : chosen.filter(({ path }) => !roots.some((root) => path.startsWith(root)))
  const submodules = ours.filter(({ mode }) => mode === '160000')
  return {
    manifests: ours.filter(({ path, mode }) => mode.startsWith('100') && isManifestPath(path)),
    links: ours.filter(({ mode }) => mode === '120000'),
    errors: [...foreign.map(({ path }) => foreignFolder(path)), ...submodules.map(({ path }) => submodule(path))],
  }
}

function createFilter(
  ignoreFiles: Readonly<Record<string, string>>,
  byDefault: readonly string[],
): (path: string) => boolean {
  const rules = new Map<string, Ignore>([['', newIgnore().add(byDefault)]])
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

function foreignFolder(file: string): ManifestError {
  const tool = foreignFolders.get(split(file)[1]) ?? 'another tool'
  return {
    file,
    line: 0,
    message: `this folder is for ${tool}, and the target path above it holds plain manifests`,
    try: 'make it the target path of a workflow of its own, or exclude it in .plimsollignore',
  }
}
