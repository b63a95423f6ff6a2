import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findServer, NoServerError } from './find-server.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-sdk-'))
  await mkdir(join(folder, 'up', '.plimsoll'), { recursive: true })
  await mkdir(join(folder, 'up', 'deeper'))
  await writeFile(
    join(folder, 'up', '.plimsoll', 'client.json'),
    '{"server": "http://127.0.0.1:1", "tokenFile": "token"}',
  )
  await writeFile(join(folder, 'up', '.plimsoll', 'token'), 'from-up\n')
  await writeFile(join(folder, 'other'), 'from-a-file\n')
  await mkdir(join(folder, 'broken', '.plimsoll'), { recursive: true })
  await writeFile(join(folder, 'broken', '.plimsoll', 'client.json'), '{"server": 7420}')
})
afterAll(() => rm(folder, { recursive: true }))

const up = { url: 'http://127.0.0.1:1', token: 'from-up' }

test('the server that is up in this folder, or above it, is found', async () => {
  expect(await findServer({ cwd: join(folder, 'up'), env: {} })).toEqual(up)
  expect(await findServer({ cwd: join(folder, 'up', 'deeper'), env: {} })).toEqual(up)
})

test('what is said wins over the environment, and that over the file', async () => {
  const cwd = join(folder, 'up')
  const env = { PLIMSOLL_SERVER: 'http://127.0.0.1:2' }
  expect(await findServer({ cwd, env })).toEqual({ ...up, url: 'http://127.0.0.1:2' })
  const other = { server: 'http://127.0.0.1:3', tokenFile: '../other' }
  expect(await findServer({ cwd, env, ...other })).toEqual({ url: 'http://127.0.0.1:3', token: 'from-a-file' })
})

test.each([
  ['nowhere', {}, 'No server is known', undefined],
  ['nowhere', { PLIMSOLL_SERVER: 'http://127.0.0.1:2' }, 'No access token is known', undefined],
  ['up', { PLIMSOLL_TOKEN_FILE: 'none' }, 'The access token cannot be read', 'up/none'],
  ['broken', {}, 'The client file is not usable', 'broken/.plimsoll/client.json'],
])('in %s with %j: %s', async (name, env, what, file) => {
  const error: unknown = await findServer({ cwd: join(folder, name), env }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(NoServerError)
  expect(error).toMatchObject({ code: 'no_server', what, file: file && join(folder, file) })
})
