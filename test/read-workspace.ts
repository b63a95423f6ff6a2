import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** A package of ours: where it lies, what its package.json says, and the text of its modules by path within it. */
export type Package = {
  readonly folder: string
  readonly manifest: Manifest
  readonly files: ReadonlyMap<string, string>
}

export type Manifest = {
  readonly name: string
  readonly exports?: string | Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
  readonly nx?: { readonly tags?: readonly string[] }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export type Workspace = {
  readonly packages: readonly Package[]
  /** What the root declares for the tests of all. */
  readonly shared: Readonly<Record<string, string>>
  /** Folders where a package is expected and none is. */
  readonly stray: readonly string[]
}

const homes = ['apps/*', 'libs/*', 'test/*', 'test']
// What Git does not keep is left behind when a folder is gone.
const ignored = /(?:^|\/)(?:node_modules|\.test|\.nx|\.plimsoll)(?:\/|$)/

/** Reads every package of the repository at `root`. */
export function readWorkspace(root: string): Workspace {
  const find = (pattern: string) =>
    globSync(pattern, { cwd: root, exclude: (path) => ignored.test(path) }).map((path) => path.replaceAll('\\', '/'))
  const manifests = homes.flatMap((home) => find(`${home}/package.json`))
  const folders = manifests.map(dirname)
  const inside = (folder: string) => find(`${folder}/**/*.{ts,tsx,mts,mjs,js}`)
  const nested = (path: string, folder: string) =>
    folders.some((other) => other.length > folder.length && path.startsWith(`${other}/`))
  return {
    packages: folders.map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest,
      files: new Map(
        inside(folder)
          .filter((path) => !nested(path, folder))
          .map((path) => [relative(folder, path), readFileSync(join(root, path), 'utf8')]),
      ),
    })),
    shared: (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest).devDependencies ?? {},
    stray: ['apps/*/', 'libs/*/']
      .flatMap(find)
      .map((path) => path.replace(/\/$/, ''))
      .filter((folder) => !folders.includes(folder) && find(`${folder}/**/*.*`).length > 0),
  }
}
