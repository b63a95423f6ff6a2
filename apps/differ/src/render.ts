import { canonicalJson } from '@plimsoll/domain'
import type { Fault, ManifestSet } from '@plimsoll/domain'
import { renderPlain } from '@plimsoll/manifests'
import type { ManifestCache, ManifestError, ParsedObject } from '@plimsoll/manifests'
import { listFiles, readBodies } from './git-tree.ts'
import type { ReadGitObjects } from './git-tree.ts'
import { PlanFault } from './plan-fault.ts'

export type RenderOptions = {
  readonly read: ReadGitObjects
  /** Git id of the tree to render. */
  readonly tree: string
  /** Where the tree lies in the repository, for messages. */
  readonly path: string
  /** What was rendered before: a file that is in it is not parsed again. */
  readonly previous: ManifestSet | undefined
  readonly hash: (text: string) => string
  readonly signal: AbortSignal
}

type RenderedFile = ManifestSet['files'][number]

/** Renders a tree to a manifest set. Throws PlanFault with every file and line that is wrong. */
export async function render({ read, tree, path, previous, hash, signal }: RenderOptions): Promise<ManifestSet> {
  const known = new Map(previous?.files.map((file) => [file.blob, file]))
  // Names are relative to the tree while ignore rules look at them, and to the repository for people.
  const files = (await listFiles(read, tree)).map(({ path: name, mode, oid }) => ({ path: name, mode, blob: oid }))
  const result = await renderPlain({ files, read: (blobs) => readBodies(read, blobs), cache: cacheOf(known), signal })
  if (!('objects' in result))
    throw new PlanFault(
      'render',
      result.map((error) => faultOf(error, path)),
    )
  const byFile = Map.groupBy(result.objects, ({ file }) => file)
  return { files: [...byFile].map(([name, parsed]) => renderedFile(join(path, name), parsed, known, hash)) }
}

function renderedFile(
  path: string,
  parsed: readonly ParsedObject[],
  known: ReadonlyMap<string, RenderedFile>,
  hash: (text: string) => string,
): RenderedFile {
  const blob = parsed[0]?.blob ?? ''
  const before = known.get(blob)
  if (before !== undefined) return { ...before, path }
  return {
    path,
    blob,
    objects: parsed.map(({ object, line }) => ({ object, line, digest: hash(canonicalJson(object)) })),
  }
}

function cacheOf(known: ReadonlyMap<string, RenderedFile>): ManifestCache {
  return {
    get: (blob) => {
      const file = known.get(blob)
      if (file === undefined) return undefined
      return { objects: file.objects.map(({ object, line }) => ({ object, line, file: file.path, blob })), errors: [] }
    },
    set: () => {},
  }
}

function faultOf({ file, line, message, try: remedy }: ManifestError, folder: string): Fault {
  const where = join(folder, file)
  return {
    what: 'the manifest is not valid',
    where: line > 0 ? `${where}:${line}` : where,
    because: message,
    try: remedy,
  }
}

function join(folder: string, name: string): string {
  return folder === '.' ? name : `${folder}/${name}`
}
