export type TreeEntry = {
  /** As Git writes it: 40000 folder, 100644 and 100755 file, 120000 symbolic link, 160000 submodule. */
  readonly mode: string
  readonly name: string
  readonly oid: string
}

/** A tree object is malformed, or names a file as no checkout may. */
export class InvalidTreeError extends Error {
  override readonly name = 'InvalidTreeError'
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const ignorable = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

/** Reads a tree object's body. Throws InvalidTreeError for `..`, `.git` and its aliases on any file system, and slashes. */
export function parseTree(body: Uint8Array): readonly TreeEntry[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const entries: TreeEntry[] = []
  const names = new Set<string>()
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at)
    const nul = bytes.indexOf(0, at)
    if (space < 0 || nul < space || nul + 21 > bytes.length)
      throw new InvalidTreeError('a folder of the repository is malformed')
    const mode = bytes.toString('latin1', at, space).replace(/^0+/, '')
    const name = decode(bytes.subarray(space + 1, nul))
    if (!/^[0-7]{5,6}$/.test(mode))
      throw new InvalidTreeError(`${JSON.stringify(name)} has the impossible mode ${JSON.stringify(mode)}`)
    const because = names.has(name) ? 'it names it twice' : reasonAgainst(name)
    if (because !== undefined)
      throw new InvalidTreeError(`the repository names a file ${JSON.stringify(name)}: ${because}`)
    names.add(name)
    entries.push({ mode, name, oid: bytes.toString('hex', nul + 1, nul + 21) })
    at = nul + 21
  }
  return entries
}

function decode(name: Uint8Array): string {
  try {
    return utf8.decode(name)
  } catch {
    throw new InvalidTreeError(`a file name is not UTF-8 (${JSON.stringify(Buffer.from(name).toString('latin1'))})`)
  }
}

function reasonAgainst(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (name === '.' || name === '..') return 'it would climb out of its folder'
  if (name.includes('/')) return 'it holds a slash'
  if (isDotGit(name)) return 'it stands for `.git`'
  return undefined
}

/** `.git` as it could be spelled on HFS+ (ignorable characters), NTFS (short name, stream, trailing dots) or in capitals. */
function isDotGit(name: string): boolean {
  const [first = ''] = name.normalize('NFKC').replace(ignorable, '').toLowerCase().split(/[\\:]/)
  const trimmed = first.replace(/[. ]+$/, '')
  return trimmed === '.git' || trimmed === 'git~1'
}
