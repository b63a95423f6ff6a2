import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract } from 'tar-stream'

/** The files of a tar archive, by path; of a program that failed there is none. */
export async function unpackFiles(archive: Uint8Array): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  if (archive.length === 0) return files
  for await (const entry of Readable.from([archive]).pipe(extract())) files.set(entry.header.name, await buffer(entry))
  return files
}
