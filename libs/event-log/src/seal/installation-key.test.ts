import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installationKey, InstallationKeyError } from './installation-key.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-key-'))
})
afterAll(() => rm(folder, { recursive: true }))

const key = randomBytes(32)

test('the environment comes before the file, and the file before the folder', async () => {
  const file = join(folder, 'given')
  await writeFile(file, `${key.toString('base64')}\n`)
  const other = randomBytes(32)
  expect(await installationKey({ env: other.toString('base64'), file })).toEqual(other)
  expect(await installationKey({ env: '', file, createIn: folder })).toEqual(key)
})

test('many that start at once in an empty folder agree on one key, which only its owner may read', async () => {
  const createIn = join(folder, 'new')
  const keys = await Promise.all(Array.from({ length: 10 }, () => installationKey({ createIn })))
  expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1)
  expect(await readdir(createIn)).toEqual(['key'])
  expect((await stat(join(createIn, 'key'))).mode & 0o777).toBe(0o600)
  expect(await installationKey({ createIn })).toEqual(keys[0])
})

test.each([
  ['too short', 'c2hvcnQ='],
  ['not base64', 'hunter2hunter2hunter2hunter2hunter2!hunter2!'],
  ['too long', randomBytes(48).toString('base64')],
])('a key that is %s is refused, and not repeated in the error', async (_, env) => {
  const error = await installationKey({ env }).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(InstallationKeyError)
  expect(String(error)).not.toContain(env)
})

test('without any source, or with a file that is not there, the error says what to set', async () => {
  await expect(installationKey({})).rejects.toThrow('PLIMSOLL_KEY')
  await expect(installationKey({ file: join(folder, 'missing') })).rejects.toThrow('missing')
})
