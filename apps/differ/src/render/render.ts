import { createHash } from 'node:crypto'
import { canonicalJson, isSameJson } from '@plimsoll/domain'
import type { Fault, Json, ManifestSet, RenderedHook } from '@plimsoll/domain'
import {
  closureBodies,
  closureFiles,
  encryptedLeaf,
  hideDecrypted,
  parsePlain,
  recipientsOf,
  selectPlain,
  sensitiveByValue,
} from '@plimsoll/manifests'
import type {
  AgeKeys,
  ManifestCache,
  ManifestError,
  ParsedObject,
  RemoteReference,
  RenderedHook as ToolHook,
  RenderInput,
  RendererName,
  ToolRenderResult,
  TreeFile,
} from '@plimsoll/manifests'
import type { Source } from '../source/find-source.ts'
import { listFiles, readBodies } from '../source/git-tree.ts'
import type { ReadGitObjects } from '../source/git-tree.ts'
import { PlanFault } from '../plan-fault.ts'

/** A program that renders, ready to be run. */
export type ToolRenderer = {
  readonly version: string
  /** All that the outcome depends on beside the files. */
  readonly parameters: Json
  /** What it may fetch from. */
  readonly hosts: readonly string[]
  /** `files` are bodies by path in the repository. Throws FetchFailedError. */
  readonly render: (
    files: ReadonlyMap<string, Uint8Array>,
    remotes: readonly RemoteReference[],
  ) => Promise<ToolRenderResult>
}

export type RenderOptions = {
  readonly read: ReadGitObjects
  /** Bytes that bodies would take, by Git id. */
  readonly sizes: (oids: readonly string[]) => Promise<ReadonlyMap<string, number>>
  readonly source: Source
  /** The folder that is rendered, for messages. */
  readonly path: string
  /** The program for a renderer other than plain; undefined where there is none. */
  readonly tool: (renderer: Exclude<RendererName, 'plain'>) => Promise<ToolRenderer | undefined>
  readonly ageKeys: AgeKeys
  /** What was rendered before: the same is not rendered again, and a file that is in it is not parsed again. */
  readonly previous: ManifestSet | undefined
  readonly hash: (text: string) => string
  readonly signal: AbortSignal
}

type RenderedFile = ManifestSet['files'][number]

/** To be raised when the same files come to render to something else. */
const plainVersion = '1'

/** Renders a source to a manifest set. Throws PlanFault with every file and line that is wrong. */
export async function render(given: RenderOptions): Promise<ManifestSet> {
  const { renderer } = given.source
  const keys = await recipientsOf(given.ageKeys)
  // What other keys opened, or keys that are gone, is not to be had any more.
  const isOpen = isSameJson(given.previous?.opened_by ?? keys, keys)
  const options = isOpen ? given : { ...given, previous: undefined }
  const set = await (renderer === 'plain' ? renderFiles(options) : renderByTool(options, renderer))
  if (set === options.previous) return set
  refuseCiphertext(set, options.previous)
  const isDecrypted = set.files.some(({ objects }) => objects.some(({ sensitive }) => sensitive !== undefined))
  return isDecrypted ? { ...set, opened_by: keys } : set
}

/** What is still encrypted after the render would only be garbage in the cluster. */
function refuseCiphertext({ files }: ManifestSet, previous: ManifestSet | undefined): void {
  const known = new Set(previous?.files.flatMap(({ objects }) => objects))
  const faults = files.flatMap(({ path, objects }) =>
    objects.flatMap((rendered): readonly Fault[] => {
      const pointer = known.has(rendered) ? undefined : encryptedLeaf(rendered.object)
      if (pointer === undefined) return []
      const { object, line } = rendered
      return [
        {
          what: 'the manifest is not valid',
          where: line > 0 ? `${path}:${line}` : path,
          because: `${object.kind}/${object.metadata.name} holds a value at ${pointer} that SOPS encrypted, in a file without the metadata of SOPS`,
          try: 'restore the file as sops wrote it',
        },
      ]
    }),
  )
  if (faults.length > 0) throw new PlanFault('render', faults)
}

async function renderFiles(options: RenderOptions): Promise<ManifestSet> {
  const { path, previous, hash } = options
  const known = new Map(previous?.files.filter(({ blob }) => blob !== '').map((file) => [file.blob, file]))
  // Names are relative to the tree while ignore rules look at them, and to the repository for people.
  const input = { ...(await inputOf(options, (name) => nameBelow(path, name))), cache: cacheOf(known) }
  const chosen = await selectPlain(input)
  const key = keyOf('plain', plainVersion, path, chosen.manifests)
  if (chosen.errors.length === 0 && previous?.key === key) return previous
  const result = await parsePlain(chosen, input)
  if (!('objects' in result)) throw faultOf(result, (file) => join(path, file))
  const byFile = Map.groupBy(result.objects, ({ file }) => file)
  const files = [...byFile].map(([name, parsed]) => renderedFile(join(path, name), parsed, known, hash))
  return { key, renderer: 'plain', files }
}

async function renderByTool(options: RenderOptions, renderer: Exclude<RendererName, 'plain'>): Promise<ManifestSet> {
  const { path, previous, hash } = options
  const tool = await options.tool(renderer)
  if (tool === undefined) throw noTool(path, renderer)
  const input = await inputOf(options, (name) => name)
  const { files: chosen, errors } = await closureFiles(input)
  if (errors.length > 0) throw faultOf(errors)
  const { parameters, hosts } = tool
  // What is fetched counts as what the files that name it say: as often as they change, it is asked for.
  const key = keyOf(renderer, tool.version, { path, parameters, ...(hosts.length > 0 && { hosts }) }, chosen)
  if (previous?.key === key) return previous
  const bodies = await closureBodies(chosen, input)
  if (!('files' in bodies)) throw faultOf(bodies)
  const result = await tool.render(bodies.files, options.source.remotes)
  if (!('objects' in result)) throw faultOf(hideDecrypted(result, bodies.decrypted))
  const objects = result.objects.map((parsed) => ({
    ...parsed,
    blob: '',
    sensitive: sensitiveByValue(parsed.object, bodies.decrypted),
  }))
  const byFile = Map.groupBy(objects, ({ file }) => file)
  const files = [...byFile].map(([name, parsed]) => renderedFile(name, parsed, new Map(), hash))
  const hooks = result.hooks.map((hook) => renderedHook(hook, sensitiveByValue(hook.object, bodies.decrypted)))
  return { key, renderer, files, ...(hooks.length > 0 && { hooks }) }
}

/** All entries below the roots, under the names that the renderer knows them by. */
async function inputOf(
  { read, sizes, source, ageKeys, signal }: RenderOptions,
  nameOf: (path: string) => string,
): Promise<RenderInput> {
  const files = (await listFiles(read, source.roots)).map(({ path, mode, oid }) => ({
    path: nameOf(path),
    mode,
    blob: oid,
  }))
  return { files, read: (blobs) => readBodies(read, blobs, source.paths), sizes, ageKeys, signal }
}

/** Over every path and blob that the render can read, and how it is made. */
function keyOf(renderer: RendererName, version: string, parameters: Json, files: readonly TreeFile[]): string {
  const lines = files.map(({ path, blob }) => `${JSON.stringify(path)} ${blob}`)
  const text = [canonicalJson([renderer, version, parameters]), ...lines].join('\n')
  return `render:${createHash('sha256').update(text).digest('hex')}`
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
    objects: parsed.map(({ object, line, sensitive = [] }) => ({
      object,
      line,
      digest: hash(canonicalJson(object)),
      ...(sensitive.length > 0 && { sensitive }),
    })),
  }
}

function renderedHook(
  { object, file, events, weight, deletePolicies }: ToolHook,
  sensitive: readonly string[],
): RenderedHook {
  const common = { object, path: file, events, weight, delete_policies: deletePolicies }
  return sensitive.length > 0 ? { ...common, sensitive } : common
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

function faultOf(errors: readonly ManifestError[], nameOf = (file: string) => file): PlanFault {
  const faults = errors.map(({ file, line, message, try: remedy }): Fault => {
    const where = nameOf(file)
    return {
      what: 'the manifest is not valid',
      where: line > 0 ? `${where}:${line}` : where,
      because: message,
      try: remedy,
    }
  })
  return new PlanFault('render', faults)
}

function noTool(path: string, renderer: string): PlanFault {
  return new PlanFault('render', [
    {
      what: `${renderer} is not to be had`,
      where: path,
      because: `the folder is rendered by ${renderer}, and this installation has no such program`,
      try: 'ask `plimsoll doctor` what is missing',
    },
  ])
}

function nameBelow(folder: string, path: string): string {
  return folder === '.' ? path : path.slice(folder.length + 1)
}

function join(folder: string, name: string): string {
  return folder === '.' ? name : `${folder}/${name}`
}
