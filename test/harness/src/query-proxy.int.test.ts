import pg from 'pg'
import { expect, test } from 'vitest'
import { freshDatabase } from './fresh-database.ts'
import { queryProxy } from './query-proxy.ts'

test('a statement is stopped before the server has it, or after it is durable, also in a transaction', async () => {
  await using database = await freshDatabase()
  const direct = new URL(database.url)
  await using proxy = await queryProxy({ host: direct.hostname, port: Number(direct.port) })
  const url = new URL(database.url)
  url.host = `127.0.0.1:${proxy.port}`

  const connected = async <T>(to: URL, use: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString: to.href })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return await use(client)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  const kept = () =>
    connected(direct, async (client) => {
      const { rows } = await client.query<{ word: string }>('select word from told order by word')
      return rows.map(({ word }) => word)
    })
  const insert = (client: pg.Client, word: string) => client.query('insert into told values ($1)', [word])
  await connected(url, (client) => client.query('create table told (word text)'))

  let hits = 0
  const stopAt = (word: string, when: 'before' | 'after') =>
    proxy.watch(({ text }) => (text.includes(word) ? { when, hit: () => (hits += 1) } : undefined))
  stopAt('lost', 'before')
  await connected(url, (client) => insert(client, 'passed'))
  await expect(connected(url, (client) => insert(client, 'lost'))).rejects.toThrow('Connection terminated')
  stopAt('done', 'after')
  await expect(connected(url, (client) => insert(client, 'done'))).rejects.toThrow('Connection terminated')
  const inTransaction = connected(url, async (client) => {
    await client.query('begin')
    await insert(client, 'done in a transaction')
    await client.query('commit')
  })
  await expect(inTransaction).rejects.toThrow('Connection terminated')
  expect(await kept()).toEqual(['done', 'done in a transaction', 'passed'])
  expect(hits).toBe(3)
})
