import { Readable } from 'node:stream'
import { pack } from 'tar-stream'

/** The files as a tar archive, in the order of their paths. */
export function packFiles(files: ReadonlyMap<string, Uint8Array>): Readable {
  const archive = pack()
  return Readable.from(entries())

  async function* entries(): AsyncGenerator<Uint8Array> {
    // Entries go in while they are read: the archive is never in memory as a whole.
    for (const [name, body] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      archive.entry({ name, type: 'file', mode: 0o644, mtime: new Date(0) }, Buffer.from(body))
    archive.finalize()
    yield* archive as AsyncIterable<Uint8Array>
  }
}
