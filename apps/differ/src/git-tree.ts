import type { GitObject } from '@plimsoll/event-log'
import { parseTree } from '@plimsoll/git'
import type { TreeEntry } from '@plimsoll/git'

/** Reads Git objects that the poller stored, by their ids; those not stored are missing from the answer. */
export type ReadGitObjects = (oids: readonly string[]) => Promise<ReadonlyMap<string, GitObject>>

/** The poller has not stored an object yet; it has to be woken. */
export class NotStoredError extends Error {
  override readonly name = 'NotStoredError'
}

/** The folder holds more than any set of manifests does: a mistake, or an attack by trees within trees. */
export class TreeTooLargeError extends Error {
  override readonly name = 'TreeTooLargeError'
}

export type TreeFile = { readonly path: string; readonly mode: string; readonly oid: string }

const folder = '40000'
const filesAtMost = 200_000

/** The Git id of the tree at `path` below a root tree; undefined if there is no such folder. */
export async function resolveTree(read: ReadGitObjects, root: string, path: string): Promise<string | undefined> {
  let tree = root
  for (const name of path === '.' ? [] : path.split('/')) {
    const entry = (await readTrees(read, [tree])).get(tree)?.find((candidate) => candidate.name === name)
    if (entry?.mode !== folder) return undefined
    tree = entry.oid
  }
  return tree
}

/** Every file below a tree, with its path from there: one read per level of folders, however many there are. */
export async function listFiles(read: ReadGitObjects, root: string): Promise<readonly TreeFile[]> {
  const files: TreeFile[] = []
  let level: readonly { readonly prefix: string; readonly oid: string }[] = [{ prefix: '', oid: root }]
  while (level.length > 0) {
    const trees = await readTrees(
      read,
      level.map(({ oid }) => oid),
    )
    const below: { prefix: string; oid: string }[] = []
    for (const { prefix, oid } of level)
      for (const entry of trees.get(oid) ?? []) {
        const path = prefix + entry.name
        if (entry.mode === folder) below.push({ prefix: `${path}/`, oid: entry.oid })
        else files.push({ path, mode: entry.mode, oid: entry.oid })
        if (files.length + below.length > filesAtMost)
          throw new TreeTooLargeError(`it holds more than ${filesAtMost} files and folders`)
      }
    level = below
  }
  return files
}

async function readTrees(
  read: ReadGitObjects,
  oids: readonly string[],
): Promise<ReadonlyMap<string, readonly TreeEntry[]>> {
  const once = [...new Set(oids)]
  const objects = await read(once)
  return new Map(
    once.map((oid) => {
      const object = objects.get(oid)
      if (object === undefined) throw new NotStoredError(`tree ${oid} is not stored yet`)
      return [oid, parseTree(object.body)]
    }),
  )
}

/** The bodies of files by Git id. */
export async function readBodies(
  read: ReadGitObjects,
  oids: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const objects = await read(oids)
  return new Map(
    oids.map((oid) => {
      const object = objects.get(oid)
      if (object === undefined) throw new NotStoredError(`blob ${oid} is not stored yet`)
      return [oid, object.body]
    }),
  )
}
