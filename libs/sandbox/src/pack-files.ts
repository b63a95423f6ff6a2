import type { Readable } from 'node:stream'
import { pack } from 'tar-stream'

/** The files as a tar archive, in the order of their paths. Bodies are not copied. */
export function packFiles(files: ReadonlyMap<string, Uint8Array>): Readable {
  const archive = pack()
  for (const [name, body] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    archive.entry({ name, type: 'file', mode: 0o644, mtime: new Date(0) }, body)
  archive.finalize()
  return archive as unknown as Readable
}
