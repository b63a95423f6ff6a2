import { promisify } from 'node:util'
import { zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib'
import { sql } from 'kysely'
import { BlobCorruptError } from './errors.ts'
import type { Session } from './event-log.ts'
import type { SealKey } from './seal/seal-key.ts'

export type GitObject = {
  /** Hexadecimal, 40 or 64 digits. */
  readonly oid: string
  /**
   * As Git has it; `way` for a tree of which only a part of what lies below is kept, `large` for a blob whose body is not
   * kept because of its size.
   */
  readonly type: string
  readonly body: Uint8Array
}

const compressBeside = promisify(zstdCompress)
const decompressBeside = promisify(zstdDecompress)
// Most files and folders are small, and going to another thread and back takes several times what their compression does.
const SMALL_BYTES = 16 * 1024
const CHUNK_BYTES = 4 * 1024 * 1024
const CHUNK_ROWS = 2_000
const ASKED_AT_ONCE = 20_000

/** Keeps objects of a repository, sealed with its key. What is there already stays; only a `way` gives way to the whole tree. */
export async function putGitObjects(
  log: Session,
  repository: string,
  objects: readonly GitObject[],
  key: SealKey,
): Promise<void> {
  let chunk: SizedObject[] = []
  let bytes = 0
  for (const object of objects) {
    const packed = await compress(object.body)
    const sealed = Buffer.from(key.seal(packed, contextOf(repository, object.oid, object.type)))
    const size = object.type === 'large' ? Number(Buffer.from(object.body).toString('utf8')) : object.body.byteLength
    chunk.push({ oid: object.oid, type: object.type, sealed, size })
    bytes += sealed.byteLength
    if (bytes < CHUNK_BYTES && chunk.length < CHUNK_ROWS) continue
    await insert(log, repository, chunk)
    chunk = []
    bytes = 0
  }
  await insert(log, repository, chunk)
}

type SealedObject = { readonly oid: string; readonly type: string; readonly sealed: Buffer }
type SizedObject = SealedObject & { readonly size: number }

async function insert(log: Session, repository: string, rows: readonly SizedObject[]): Promise<void> {
  if (rows.length === 0) return
  const sorted = rows.toSorted((a, b) => (a.oid < b.oid ? -1 : 1))
  await sql`
    insert into git_object (repository, oid, type, sealed, size)
    select ${repository}, decode(oid, 'hex'), type, sealed, size
    from unnest(${sorted.map(({ oid }) => oid)}::text[], ${sorted.map(({ type }) => type)}::text[], ${sorted.map(({ sealed }) => sealed)}::bytea[], ${sorted.map(({ size }) => size)}::bigint[])
      as o (oid, type, sealed, size)
    on conflict (repository, oid) do update set type = excluded.type, sealed = excluded.sealed, size = excluded.size
      where git_object.type = 'way' and excluded.type <> 'way'`.execute(log.db)
}

/**
 * Those of the objects that are kept, by oid.
 *
 * @throws BlobCorruptError when one was sealed with another key, or changed
 */
export async function getGitObjects(
  log: Session,
  repository: string,
  oids: readonly string[],
  key: SealKey,
): Promise<Map<string, GitObject>> {
  const found = new Map<string, GitObject>()
  for (let start = 0; start < oids.length; start += CHUNK_ROWS) {
    const { rows } = await sql<SealedObject>`
      select encode(oid, 'hex') as oid, type, sealed from git_object
      where repository = ${repository} and oid in (select decode(o, 'hex') from unnest(${oids.slice(start, start + CHUNK_ROWS)}::text[]) o)`.execute(
      log.db,
    )
    for (const row of rows) found.set(row.oid, await open(repository, row, key))
  }
  return found
}

/** How many bytes each body would take in memory, a guess for those that were stored without; nothing for those that are not kept. */
export async function gitObjectSizes(
  log: Session,
  repository: string,
  oids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>()
  for (let start = 0; start < oids.length; start += ASKED_AT_ONCE) {
    const { rows } = await sql<{ oid: string; size: number }>`
      select encode(oid, 'hex') as oid, case when type = 'large' then 0 else coalesce(size, octet_length(sealed) * 4) end::float8 as size
      from git_object
      where repository = ${repository} and oid in (select decode(o, 'hex') from unnest(${oids.slice(start, start + ASKED_AT_ONCE)}::text[]) o)`.execute(
      log.db,
    )
    for (const { oid, size } of rows) sizes.set(oid, size)
  }
  return sizes
}

function compress(body: Uint8Array): Buffer | Promise<Buffer> {
  return body.byteLength <= SMALL_BYTES ? zstdCompressSync(body) : compressBeside(body)
}

function decompress(packed: Uint8Array): Buffer | Promise<Buffer> {
  return packed.byteLength <= SMALL_BYTES ? zstdDecompressSync(packed) : decompressBeside(packed)
}

async function open(repository: string, { oid, type, sealed }: SealedObject, key: SealKey): Promise<GitObject> {
  try {
    return { oid, type, body: await decompress(key.unseal(sealed, contextOf(repository, oid, type))) }
  } catch (error) {
    throw new BlobCorruptError(
      `git object ${oid} of repository ${repository} cannot be opened: wrong key, or damaged`,
      { cause: error },
    )
  }
}

/** Those of the oids that none of the repositories keeps, or only as a `way`; `orAsWay` takes that too. */
export async function missingGitObjects(
  log: Session,
  repository: string | readonly string[],
  oids: readonly string[],
  { orAsWay = false }: { readonly orAsWay?: boolean } = {},
): Promise<string[]> {
  const once = [...new Set(oids)]
  const repositories = typeof repository === 'string' ? [repository] : [...repository]
  const missing: string[] = []
  for (let start = 0; start < once.length; start += ASKED_AT_ONCE) {
    const { rows } = await sql<{ oid: string }>`
      select o as oid from unnest(${once.slice(start, start + ASKED_AT_ONCE)}::text[]) o
      where not exists (select from git_object g where g.repository = any(${repositories}) and g.oid = decode(o, 'hex') and (g.type <> 'way' or ${orAsWay}))`.execute(
      log.db,
    )
    for (const { oid } of rows) missing.push(oid)
  }
  return missing
}

/**
 * Deletes objects of a repository that are older and not among the live ones: all such trees, and so many of their blobs. A tree
 * that stays has all that is below it.
 */
export async function sweepGitObjects(
  log: Session,
  repository: string,
  {
    live,
    olderThan,
    blobsAtOnce,
  }: { readonly live: readonly string[]; readonly olderThan: Date; readonly blobsAtOnce: number },
): Promise<{ readonly deleted: number; readonly isMore: boolean }> {
  const isOld = sql`repository = ${repository} and created_at < ${olderThan}
      and not exists (select from unnest(${live}::text[]) l where decode(l, 'hex') = git_object.oid)`
  const trees = await sql`delete from git_object where ${isOld} and type in ('tree', 'way')`.execute(log.db)
  const blobs = await sql`
    delete from git_object where repository = ${repository} and oid in (
      select oid from git_object where ${isOld} and type not in ('tree', 'way') limit ${blobsAtOnce})`.execute(log.db)
  const [deletedTrees, deletedBlobs] = [trees, blobs].map(({ numAffectedRows }) => Number(numAffectedRows ?? 0n))
  return { deleted: (deletedTrees ?? 0) + (deletedBlobs ?? 0), isMore: deletedBlobs === blobsAtOnce }
}

/** So many trees of a repository, at most, that are kept with all that is below them, and were stored since. */
export async function gitTreesSince(
  log: Session,
  repository: string,
  since: Date,
  atMost: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ oid: string }>`
    select encode(oid, 'hex') as oid from git_object
    where repository = ${repository} and type = 'tree' and created_at >= ${since} limit ${atMost}`.execute(log.db)
  return rows.map(({ oid }) => oid)
}

/** Forgets all objects of a repository. */
export async function deleteGitObjects(log: Session, repository: string): Promise<void> {
  await log.db.deleteFrom('git_object').where('repository', '=', repository).execute()
}

function contextOf(repository: string, oid: string, type: string): string {
  return `${repository} ${type} ${oid}`
}
