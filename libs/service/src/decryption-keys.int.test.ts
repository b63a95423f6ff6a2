import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, openEventLog, putCredential, getCredential, type EventLog } from '@plimsoll/event-log'
import { freshDatabase } from '@plimsoll/harness'
import { ConfigError } from '@plimsoll/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decryptionKeys, installationAgeKeys } from './decryption-keys.ts'

// For tests only.
const first = 'AGE-SECRET-KEY-1QWTTHSP5LKMQZ3Y4GE8Q6H5XQXM0AZX0DUKPZXKJ74U8AZQRYSZQ2NUSAM'
const second = 'AGE-SECRET-KEY-1SECOND'

const stack = new AsyncDisposableStack()
let log: EventLog
beforeAll(async () => {
  log = stack.use(openEventLog({ url: stack.use(await freshDatabase()).url }))
  await migrate(log)
})
afterAll(() => stack.disposeAsync())

test('keys are kept sealed for one workflow, replaced, and removed', async () => {
  const keys = decryptionKeys(log, randomBytes(32))
  expect(await keys.get('shop')).toEqual([])
  expect(await keys.put('shop', [first])).toBe(true)
  expect(await keys.put('shop', [first])).toBe(false)
  expect(await keys.get('other')).toEqual([])
  expect(Buffer.from((await getCredential(log, 'decryption:shop')) ?? []).toString('latin1')).not.toContain(
    'AGE-SECRET',
  )
  expect(await keys.put('shop', [second, first])).toBe(true)
  expect(await keys.get('shop')).toEqual([second, first])
  expect(await keys.remove('shop')).toBe(true)
  expect(await keys.remove('shop')).toBe(false)
  expect(await getCredential(log, 'decryption:shop')).toBeUndefined()
})

test('what was sealed for one workflow does not open for another', async () => {
  const keys = decryptionKeys(log, randomBytes(32))
  await keys.put('shop', [first])
  await putCredential(log, 'decryption:thief', (await getCredential(log, 'decryption:shop')) ?? Buffer.of())
  await expect(keys.get('thief')).rejects.toThrow('unable to authenticate')
})

test("the installation's key file is read, and what is wrong with it is told without showing it", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-age-'))
  stack.defer(() => rm(folder, { recursive: true }))
  expect(await installationAgeKeys(undefined)).toEqual([])
  const file = join(folder, 'keys.txt')
  await writeFile(file, '# for tests\nAGE-SECRET-KEY-1DAMAGED7\n')
  const error = await installationAgeKeys(file).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(ConfigError)
  expect(String(error)).toContain('line 2: the age key is damaged')
  expect(String(error)).not.toContain('DAMAGED7')
  await expect(installationAgeKeys(join(folder, 'none'))).rejects.toThrow('ENOENT')
})
