import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { sql } from 'kysely'
import { BlobCorruptError, BlobMissingError } from '../errors.ts'
import type { Session } from '../event-log.ts'
import type { SealKey } from '../seal/seal-key.ts'

export type BlobOptions = {
  /** For sensitive bodies: sealed with this key, and named by an HMAC under it. */
  readonly seal?: SealKey | undefined
}

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const MAX_BLOB_BYTES = 256 * 1024 * 1024
const CHUNK_BYTES = 8 * 1024 * 1024

/**
 * Stores a body once and returns its digest (`sha256:…`, or `hmac:…` if sealed). It must be referenced by an appended event
 * within the hour, or it may be collected. Storing it again makes it young again.
 */
export async function putBlob(log: Session, body: Uint8Array, options: BlobOptions = {}): Promise<string> {
  const [digest] = await putBlobs(log, [body], options)
  return digest ?? ''
}

/** The same for many; digests in the order of the bodies. */
export async function putBlobs(
  log: Session,
  bodies: readonly Uint8Array[],
  { seal }: BlobOptions = {},
): Promise<string[]> {
  const digests = bodies.map((body) => digestOf(body, seal))
  const known = await touch(log, digests)
  const missing = new Map(
    digests.flatMap((digest, index) => (known.has(digest) ? [] : [[digest, bodies[index]] as const])),
  )
  let chunk: BlobRow[] = []
  let bytes = 0
  for (const [digest, body] of missing) {
    if (body === undefined) continue
    if (body.byteLength > MAX_BLOB_BYTES)
      throw new RangeError(`a blob of ${body.byteLength} bytes exceeds ${MAX_BLOB_BYTES}`)
    const packed = await compress(body)
    const row = {
      digest,
      size: body.byteLength,
      body: seal === undefined ? packed : Buffer.from(seal.seal(packed, digest)),
    }
    bytes += row.body.byteLength
    chunk.push(row)
    if (bytes < CHUNK_BYTES) continue
    await insert(log, chunk)
    chunk = []
    bytes = 0
  }
  await insert(log, chunk)
  return digests
}

type BlobRow = { readonly digest: string; readonly size: number; readonly body: Buffer }

export function digestOf(body: Uint8Array, seal: SealKey | undefined): string {
  return seal === undefined ? `sha256:${createHash('sha256').update(body).digest('hex')}` : seal.digest(body)
}

async function touch(log: Session, digests: readonly string[]): Promise<ReadonlySet<string>> {
  if (digests.length === 0) return new Set()
  const { rows } = await sql<{ digest: string }>`
    with young as (select digest from blob where digest = any(${digests}) and touched_at >= clock_timestamp() - interval '10 minutes'),
    touched as (update blob set touched_at = clock_timestamp()
      where digest in (select digest from blob where digest = any(${digests}) and touched_at < clock_timestamp() - interval '10 minutes'
                       order by digest for no key update)
      returning digest)
    select digest from young union all select digest from touched`.execute(log.db)
  return new Set(rows.map(({ digest }) => digest))
}

async function insert(log: Session, rows: readonly BlobRow[]): Promise<void> {
  if (rows.length === 0) return
  await log.db
    .insertInto('blob')
    .values(rows.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)))
    .onConflict((conflict) => conflict.column('digest').doUpdateSet({ touched_at: sql<Date>`clock_timestamp()` }))
    .execute()
}

/**
 * The body with a digest.
 *
 * @throws BlobMissingError when it is not stored
 * @throws BlobCorruptError when what is stored does not have the digest, or the key is not the one it was sealed with
 */
export async function getBlob(log: Session, digest: string, options: BlobOptions = {}): Promise<Uint8Array> {
  const body = (await getBlobs(log, [digest], options)).get(digest)
  if (body === undefined) throw new BlobMissingError(`blob ${digest} is not stored`)
  return body
}

/** The bodies of those digests that are stored. */
export async function getBlobs(
  log: Session,
  digests: readonly string[],
  { seal }: BlobOptions = {},
): Promise<Map<string, Uint8Array>> {
  if (digests.length === 0) return new Map()
  const rows = await log.db
    .selectFrom('blob')
    .select(['digest', 'size', 'body'])
    .where('digest', 'in', digests)
    .execute()
  const found = new Map<string, Uint8Array>()
  for (const row of rows) found.set(row.digest, await open(row, seal))
  return found
}

async function open({ digest, size, body }: BlobRow, seal: SealKey | undefined): Promise<Uint8Array> {
  try {
    const packed = seal === undefined ? body : seal.unseal(body, digest)
    const opened = await decompress(packed, { maxOutputLength: Math.max(size, 1) })
    if (digestOf(opened, seal) === digest) return opened
  } catch (error) {
    throw new BlobCorruptError(`blob ${digest} cannot be opened: wrong key, or damaged`, { cause: error })
  }
  throw new BlobCorruptError(`blob ${digest} is stored with another body`)
}
