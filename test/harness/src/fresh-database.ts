import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { testEnvironment } from './test-environment.ts'

export type FreshDatabase = AsyncDisposable & { readonly url: string }

/** Makes an empty database for one test file; disposing drops it, whoever is still connected. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = testEnvironment('PLIMSOLL_TEST_POSTGRES')
  const name = `test_${randomBytes(6).toString('hex')}`
  await execute(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
