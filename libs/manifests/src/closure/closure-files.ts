import { InvalidManifestsError, type ManifestError } from '../manifest-error.ts'
import { portionsOf } from '../portions-of.ts'
import { isPointer, unreadable } from '../refused-file.ts'
import type { RenderInput } from '../renderer.ts'
import { followLink } from '../resolve-links.ts'
import { selectSafely } from '../select-safely.ts'
import type { TreeFile } from '../select-files.ts'
import { decryptSops, type DecryptedValue, isSopsFile } from '../sops/decrypt-sops.ts'

/** What a program may read of a closure: each file by its path in the repository, with the blob of its content. */
export type ClosureFiles = { readonly files: readonly TreeFile[]; readonly errors: readonly ManifestError[] }

/** The bodies of files, decrypted. */
export type ClosureBodies = {
  readonly files: ReadonlyMap<string, Uint8Array>
  /** All values that were encrypted in Git. */
  readonly decrypted: readonly DecryptedValue[]
}

const filesAtMost = 20_000
const bytesAtMost = 64 * 1024 * 1024

/**
 * Chooses what of a closure a program may read: all that no ignore file excludes, links replaced by what they lead to.
 * `input.files` are all entries below the roots, by path in the repository.
 */
export async function closureFiles(input: RenderInput): Promise<ClosureFiles> {
  const { manifests, links, errors } = await selectSafely(input, 'everything')
  const targets = await input.read(links.map(({ blob }) => blob))
  const byPath = new Map(manifests.concat(links).map((entry) => [entry.path, entry]))
  const files = [...manifests]
  const refused: ManifestError[] = []
  for (const link of links) {
    const target = followLink(link, byPath, targets)
    const below = target === undefined || target.entry ? [] : filesBelow(target.path, link.path, manifests)
    if (target?.entry) files.push({ ...target.entry, path: link.path })
    else if (below.length > 0) files.push(...below)
    else refused.push(leadsOut(link.path))
    if (files.length > filesAtMost) break
  }
  if (files.length > filesAtMost) refused.push(tooMany(files[0]?.path ?? '.'))
  return { files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), errors: [...errors, ...refused] }
}

/** The files of a folder, as they appear below a link to it. */
function filesBelow(folder: string, link: string, files: readonly TreeFile[]): readonly TreeFile[] {
  // A folder that holds the link holds itself without end.
  if (`${link}/`.startsWith(`${folder}/`)) return []
  const inside = files.filter(({ path }) => path.startsWith(`${folder}/`))
  return inside.map((file) => ({ ...file, path: link + file.path.slice(folder.length) }))
}

/** Reads and decrypts files, a portion at a time. Returns every error found, or the bodies. */
export async function closureBodies(
  files: readonly TreeFile[],
  { read, ageKeys = [], signal, ...input }: Pick<RenderInput, 'read' | 'sizes' | 'ageKeys' | 'signal'>,
): Promise<ClosureBodies | readonly ManifestError[]> {
  const bodies = new Map<string, Uint8Array>()
  const decrypted: DecryptedValue[] = []
  const errors: ManifestError[] = []
  const { portions, bytes: expected } = await portionsOf(files, input)
  if (expected > bytesAtMost) return [tooLarge(files[0]?.path ?? '.')]
  let bytes = 0
  for (const portion of portions) {
    signal?.throwIfAborted()
    const found = await read([...new Set(portion.map(({ blob }) => blob))])
    for (const { path, blob } of portion) {
      const body = found.get(blob)
      if (body === undefined || isPointer(body)) errors.push(unreadable(path, body))
      else if (!isSopsFile(path, body)) bodies.set(path, body)
      else {
        const opened = await decryptSops({ path, body }, ageKeys).catch(errorsOf)
        if ('errors' in opened) errors.push(...opened.errors)
        else {
          bodies.set(path, opened.body)
          decrypted.push(...opened.sensitive)
        }
      }
      bytes += body?.length ?? 0
      if (bytes > bytesAtMost) return [...errors, tooLarge(path)]
    }
  }
  return errors.length > 0 ? errors : { files: bodies, decrypted }
}

function errorsOf(error: unknown): { readonly errors: readonly ManifestError[] } {
  if (error instanceof InvalidManifestsError) return { errors: error.errors }
  throw error
}

function leadsOut(file: string): ManifestError {
  return {
    file,
    line: 0,
    message: 'this symbolic link does not lead to anything that the render may read',
    try: 'refer to what it leads to by its path, replace it by that, or exclude it in .plimsollignore',
  }
}

function tooMany(file: string): ManifestError {
  return {
    file,
    line: 0,
    message: `the render could read more than ${filesAtMost} files`,
    try: 'choose a smaller target path, or exclude what it does not need in .plimsollignore',
  }
}

function tooLarge(file: string): ManifestError {
  return {
    file,
    line: 0,
    message: `the render could read more than ${bytesAtMost} bytes: this file and others`,
    try: 'choose a smaller target path, or exclude what it does not need in .plimsollignore',
  }
}
