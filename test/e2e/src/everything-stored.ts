import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { sql } from 'kysely'
import { openJetStream } from '@plimsoll/jetstream'
import type { Installation } from './installation.ts'

const decompress = promisify(zstdDecompress)

/**
 * Every place where an installation keeps something, as text: each table row by row, each blob as it is decompressed
 * without a key, each message of the event stream. Bytes are there as text and in hexadecimal.
 */
export async function everythingStored(installation: Installation): Promise<ReadonlyMap<string, string>> {
  const places = new Map<string, string>()
  const { db } = installation.log
  const tables = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' order by tablename`.execute(db)
  for (const { name } of tables.rows) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.table(name)} t`.execute(db)
    places.set(`table ${name}`, rows.map(({ row }) => row).join('\n'))
  }
  const blobs = await db.selectFrom('blob').select(['digest', 'body']).execute()
  for (const { digest, body } of blobs) places.set(`blob ${digest}`, await textOf(body))
  places.set('event stream', (await messages(installation)).join('\n'))
  return places
}

async function textOf(body: Buffer): Promise<string> {
  const plain = await decompress(body).catch(() => body)
  return `${plain.toString('latin1')}\n${plain.toString('hex')}`
}

async function messages({ natsUrl, natsPrefix }: Installation): Promise<string[]> {
  await using js = await openJetStream({ url: natsUrl, prefix: natsPrefix, name: 'test' })
  const texts: string[] = []
  for await (const { config, state } of js.manager.streams.list(`${natsPrefix}.>`)) {
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await js.manager.streams.getMessage(config.name, { seq })
      if (message === null) continue
      const headers = message.header.keys().map((key) => `${key}: ${message.header.get(key)}`)
      texts.push([message.subject, ...headers, message.string()].join('\n'))
    }
  }
  return texts
}

/** A value as it may appear: as it is, in hexadecimal, and in base64 at any place of a longer text. */
export function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value)
  const encoded = [0, 1, 2].map((before) => {
    const whole = bytes.subarray(0, bytes.length - ((bytes.length + before) % 3))
    return Buffer.concat([Buffer.alloc(before), whole])
      .toString('base64')
      .slice(before === 0 ? 0 : before + 1)
  })
  return [value, bytes.toString('hex'), ...encoded]
}
