import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { freePort, keptPort } from './ports.ts'

test('a folder keeps the port of each name', async () => {
  using folder = temporaryFolder()
  const port = await keptPort(folder.path, 'one')
  expect(await keptPort(folder.path, 'one')).toBe(port)
  expect(await keptPort(folder.path, 'two')).not.toBe(port)
})

test('a kept port that a stranger has taken is replaced', async () => {
  using folder = temporaryFolder()
  const port = await keptPort(folder.path, 'one')
  const stranger = createServer().listen(port, '127.0.0.1')
  await once(stranger, 'listening')
  const other = await keptPort(folder.path, 'one')
  stranger.close()
  expect(other).not.toBe(port)
  expect(await keptPort(folder.path, 'one')).toBe(other)
})

test('free ports lie below those that the kernel gives to outgoing connections', async () => {
  expect(await freePort()).toBeLessThan(32_768)
})
