import { Client } from 'pg'
import { expect, test } from 'vitest'
import { cluster } from './cluster.ts'
import { freshDatabase } from './fresh-database.ts'
import { freshNamespace } from './fresh-namespace.ts'
import { testEnvironment } from './test-environment.ts'

async function databases(url: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database')
  await client.end()
  return rows.map((row) => row.datname)
}

test('a fresh database is empty, and gone when it is disposed, also with a client connected', async () => {
  const database = await freshDatabase()
  const name = new URL(database.url).pathname.slice(1)
  const client = new Client({ connectionString: database.url })
  client.on('error', () => undefined)
  await client.connect()
  expect((await client.query(`SELECT * FROM pg_tables WHERE schemaname = 'public'`)).rows).toEqual([])
  await database[Symbol.asyncDispose]()
  expect(await databases(testEnvironment('PLIMSOLL_TEST_POSTGRES'))).not.toContain(name)
})

test('objects are applied, patched, listed and deleted in a fresh namespace', async () => {
  const namespace = await freshNamespace()
  using admin = cluster()
  const all = `/api/v1/namespaces/${namespace}/configmaps`
  const path = `${all}/settings`
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'red' } }
  expect(await admin.apply(path, object)).toMatchObject({ data: { colour: 'red' } })
  expect(await admin.patch(path, { data: { size: '7' } })).toMatchObject({ data: { colour: 'red', size: '7' } })
  expect((await admin.list(all)).map((item) => item.metadata.name)).toContain('settings')
  await admin.delete(path)
  expect(await admin.get(path)).toBeUndefined()
  await admin.delete(path)
})

test('the unprivileged user is known and may do nothing', async () => {
  const namespace = await freshNamespace()
  using user = cluster(testEnvironment('PLIMSOLL_TEST_KUBECONFIG_UNPRIVILEGED'))
  await expect(user.list(`/api/v1/namespaces/${namespace}/pods`)).rejects.toThrow('HTTP 403')
})
