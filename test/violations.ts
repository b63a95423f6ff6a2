import { basename, dirname, join } from 'node:path'
import { importsOf } from './imports-of.ts'
import type { Manifest, Package, Workspace } from './read-workspace.ts'

/** What each layer may import of ours. Test files may import the layer test, too; only cli composes apps. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  runtime: [],
  contract: [],
  sdk: ['contract'],
  adapter: ['domain'],
  service: ['domain', 'adapter', 'runtime'],
  app: ['domain', 'adapter', 'runtime', 'contract', 'sdk', 'service'],
  test: ['domain', 'adapter', 'runtime', 'contract', 'sdk', 'service', 'app', 'test'],
}
const compositionRoot = '@plimsoll/cli'
// The launcher finds out where it lies before it can name what it starts.
const launcher = 'apps/cli/bin/plimsoll.mjs'
const testFile = /\.test\.ts$|(?:^|\/)test(?:ing|data)?\/|(?:^|\/)testing\.ts$|^vitest\.config\.ts$/

/** Every breach of the architecture, one sentence each; none if all is well. */
export function violations({ packages, shared, stray }: Workspace): string[] {
  const byName = new Map(packages.map((pkg) => [pkg.manifest.name, pkg]))
  return [
    ...stray.map((folder) => `${folder} is no package: it has no package.json`),
    ...packages.flatMap((pkg) => [
      ...brokenPackage(pkg),
      ...[...pkg.files].flatMap(([path, text]) =>
        brokenImports({ pkg, path, isTest: layerOf(pkg) === 'test' || testFile.test(path), byName, shared }, text),
      ),
    ]),
  ]
}

function layerOf({ manifest }: Package): string {
  return layersOf(manifest)[0] ?? 'none'
}

function layersOf({ nx }: Manifest): string[] {
  return (nx?.tags ?? []).filter((tag) => tag.startsWith('layer:')).map((tag) => tag.slice('layer:'.length))
}

function brokenPackage({ folder, manifest, files }: Package): string[] {
  const broken: string[] = []
  const layers = layersOf(manifest)
  if (layers.length !== 1 || mayImport[layers[0] ?? ''] === undefined)
    broken.push(`${folder} must have one tag of a layer, and has ${JSON.stringify(layers)}`)
  if (manifest.name !== `@plimsoll/${basename(folder)}`) broken.push(`${folder} is named ${manifest.name}`)
  if (!/^(?:apps|libs)\//.test(folder)) return broken
  const entries = [...Object.values(exportsOf(manifest)), ...Object.values(manifest.bin ?? {})]
  if (entries.length === 0) broken.push(`${folder} offers nothing: it has neither exports nor bin`)
  for (const entry of entries) {
    const text = files.get(join(entry))
    if (text === undefined) broken.push(`${folder} offers ${entry}, which does not exist`)
    else if (!manifest.bin && !importsOf(entry, text).exportsSomething)
      broken.push(`${folder} offers ${entry}, which exports nothing`)
  }
  return broken
}

function exportsOf({ exports = {} }: Manifest): Readonly<Record<string, string>> {
  return typeof exports === 'string' ? { '.': exports } : exports
}

type File = {
  readonly pkg: Package
  readonly path: string
  readonly isTest: boolean
  readonly byName: ReadonlyMap<string, Package>
  readonly shared: Readonly<Record<string, string>>
}

function brokenImports(file: File, text: string): string[] {
  const at = join(file.pkg.folder, file.path)
  const { specifiers, computed } = importsOf(file.path, text)
  const broken = specifiers.flatMap((specifier) => {
    const why = whyForbidden(file, specifier)
    return why === undefined ? [] : [`${at} imports ${specifier}: ${why}`]
  })
  return computed && at !== launcher ? [...broken, `${at} imports what is computed: name it`] : broken
}

function whyForbidden(file: File, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return whyNotRelative(file, specifier)
  if (layerOf(file.pkg) === 'domain' && !file.isTest) return 'the domain imports its own files only'
  if (specifier.startsWith('node:')) return undefined
  const [name, subpath] = split(specifier)
  const target = file.byName.get(name)
  if (name.startsWith('@plimsoll/') && target === undefined) return 'there is no such package'
  if (!isDeclared(file, name)) return `${file.pkg.folder}/package.json does not declare it${inItsPlace(file)}`
  return target && whyNotOurs(file, target, subpath)
}

function whyNotRelative({ pkg, path, isTest }: File, specifier: string): string | undefined {
  const target = join(dirname(path), specifier)
  if (path === 'vitest.config.ts' && join(pkg.folder, target) === 'vitest.base.ts') return undefined
  if (target.startsWith('..')) return 'it lies in another package, which is imported by its name'
  return testFile.test(target) && !isTest ? 'what ships does not import what is for tests' : undefined
}

function whyNotOurs({ pkg, isTest }: File, target: Package, subpath: string): string | undefined {
  if (target === pkg) return 'a package imports its own files by their paths'
  if (exportsOf(target.manifest)[subpath] === undefined) return `${target.folder} does not export ${subpath}`
  const [from, to] = [layerOf(pkg), layerOf(target)]
  const allowed = mayImport[from] ?? []
  if (allowed.includes(to) || (isTest && to === 'test')) return undefined
  if (pkg.manifest.name === compositionRoot && to === 'app') return undefined
  return `the layer ${from} may not import the layer ${to}`
}

function isDeclared({ pkg: { manifest }, isTest, shared }: File, name: string): boolean {
  const declared = { ...manifest.dependencies, ...manifest.optionalDependencies }
  return Object.hasOwn(isTest ? { ...declared, ...manifest.devDependencies, ...shared } : declared, name)
}

function inItsPlace({ isTest }: File): string {
  return isTest ? '' : ' in dependencies'
}

/** `@scope/name/sub/path` is the package `@scope/name` and the entry `./sub/path`. */
function split(specifier: string): [name: string, subpath: string] {
  const parts = specifier.split('/')
  const length = specifier.startsWith('@') ? 2 : 1
  return [parts.slice(0, length).join('/'), ['.', ...parts.slice(length)].join('/')]
}
