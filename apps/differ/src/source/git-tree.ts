import type { GitObject } from '@plimsoll/event-log'
import { parseTree } from '@plimsoll/git'
import type { TreeEntry } from '@plimsoll/git'
import type { SourceEntry, SourceTree } from '@plimsoll/manifests'

/** Reads Git objects that the poller stored, by their ids; those not stored are missing from the answer. */
export type ReadGitObjects = (oids: readonly string[]) => Promise<ReadonlyMap<string, GitObject>>

/** The poller has not stored what lies at some paths yet: it has to be asked for them. */
export class NotStoredError extends Error {
  override readonly name = 'NotStoredError'
  readonly paths: readonly string[]

  constructor(paths: readonly string[]) {
    super(`not stored yet: ${paths.join(', ')}`)
    this.paths = paths
  }
}

/** The folder holds more than any set of manifests does: a mistake, or an attack by trees within trees. */
export class TreeTooLargeError extends Error {
  override readonly name = 'TreeTooLargeError'
}

/** An entry with its path from the root of the repository. */
export type FileAt = { readonly path: string; readonly mode: string; readonly oid: string }

const folder = '40000'
const filesAtMost = 200_000

/** One commit as `closureOf` reads it, by what the poller stored. Its methods throw NotStoredError and InvalidTreeError. */
export function sourceTree(read: ReadGitObjects, root: string): SourceTree {
  return {
    find: (paths) => findPaths(read, root, paths),
    list: async (folders) => {
      const { found } = await findPaths(read, root, folders)
      const trees = await readTrees(read, new Map([...found].map(([path, { oid }]) => [path, oid])))
      return new Map(
        folders.map((path) => {
          const entries = trees.get(found.get(path)?.oid ?? '') ?? []
          return [path, new Map(entries.map(({ name, mode, oid }) => [name, { mode, oid }]))]
        }),
      )
    },
    read: async (files) => {
      const objects = await read([...new Set(files.map(({ oid }) => oid))])
      const missing = files.filter(({ oid }) => !objects.has(oid))
      if (missing.length > 0) throw new NotStoredError([...new Set(missing.map(({ below }) => below))])
      return bodiesOf(objects)
    },
  }
}

/** What lies at paths: one read per level of folders, however many paths. */
async function findPaths(read: ReadGitObjects, root: string, paths: readonly string[]): ReturnType<SourceTree['find']> {
  const found = new Map<string, SourceEntry>()
  const stopped = new Map<string, SourceEntry & { readonly at: string }>()
  let open = paths.map((path) => ({
    path,
    names: path === '.' ? [] : path.split('/'),
    entry: { mode: folder, oid: root },
  }))
  for (let depth = 0; open.length > 0; depth++) {
    const below: typeof open = []
    const folders: typeof open = []
    for (const way of open) {
      const { path, names, entry } = way
      if (names.length === depth) found.set(path, entry)
      else if (entry.mode === folder) folders.push(way)
      else stopped.set(path, { ...entry, at: names.slice(0, depth).join('/') })
    }
    const trees = await readTrees(read, new Map(folders.map(({ path, entry }) => [path, entry.oid])))
    const entriesOf = byName(trees)
    for (const { path, names, entry } of folders) {
      const next = entriesOf(entry.oid).get(names[depth] ?? '')
      if (next !== undefined) below.push({ path, names, entry: { mode: next.mode, oid: next.oid } })
    }
    open = below
  }
  return { found, stopped }
}

function byName(trees: ReadonlyMap<string, readonly TreeEntry[]>): (oid: string) => ReadonlyMap<string, TreeEntry> {
  const indexes = new Map<string, ReadonlyMap<string, TreeEntry>>()
  return (oid) => {
    const known = indexes.get(oid) ?? new Map((trees.get(oid) ?? []).map((entry) => [entry.name, entry]))
    indexes.set(oid, known)
    return known
  }
}

/** Every file below the roots, by path: one read per level of folders. Throws TreeTooLargeError too. */
export async function listFiles(read: ReadGitObjects, roots: readonly FileAt[]): Promise<readonly FileAt[]> {
  const files = roots.filter(({ mode }) => mode !== folder)
  let level = roots
    .filter(({ mode }) => mode === folder)
    .map(({ path, oid }) => ({ root: path, prefix: path === '.' ? '' : `${path}/`, oid }))
  while (level.length > 0) {
    const trees = await readTrees(read, new Map(level.map(({ root, prefix, oid }) => [`${root}\0${prefix}`, oid])), {
      ask: (key) => key.slice(0, key.indexOf('\0')),
    })
    const below: typeof level = []
    for (const { root, prefix, oid } of level)
      for (const entry of trees.get(oid) ?? []) {
        const path = prefix + entry.name
        if (entry.mode === folder) below.push({ root, prefix: `${path}/`, oid: entry.oid })
        else files.push({ path, mode: entry.mode, oid: entry.oid })
        if (files.length + below.length > filesAtMost)
          throw new TreeTooLargeError(`it holds more than ${filesAtMost} files and folders`)
      }
    level = below
  }
  return files
}

/** Trees by id. `wanted` says by which path each is to be asked for if it is not stored. */
async function readTrees(
  read: ReadGitObjects,
  wanted: ReadonlyMap<string, string>,
  { ask = (key: string) => key } = {},
): Promise<ReadonlyMap<string, readonly TreeEntry[]>> {
  const oids = [...new Set(wanted.values())]
  if (oids.length === 0) return new Map()
  const objects = await read(oids)
  const missing = [...wanted].filter(([, oid]) => !objects.has(oid)).map(([key]) => ask(key))
  if (missing.length > 0) throw new NotStoredError([...new Set(missing)])
  return new Map([...objects].map(([oid, { body }]) => [oid, entriesOf(body)]))
}

// A body that is kept has been checked already.
const parsed = new WeakMap<Uint8Array, readonly TreeEntry[]>()

function entriesOf(body: Uint8Array): readonly TreeEntry[] {
  const known = parsed.get(body) ?? parseTree(body)
  parsed.set(body, known)
  return known
}

/** Bodies of files below roots, by Git id; of a file that is too large to be kept there is none. */
export async function readBodies(
  read: ReadGitObjects,
  oids: readonly string[],
  roots: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const objects = await read(oids)
  if (oids.some((oid) => !objects.has(oid))) throw new NotStoredError(roots)
  return bodiesOf(objects)
}

function bodiesOf(objects: ReadonlyMap<string, GitObject>): ReadonlyMap<string, Uint8Array> {
  return new Map([...objects].flatMap(([oid, { type, body }]) => (type === 'large' ? [] : [[oid, body] as const])))
}
