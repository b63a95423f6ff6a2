import { Code, ConnectError } from '@connectrpc/connect'
import { expect, test } from 'vitest'
import { resuming } from './resume.ts'

const away = () => new ConnectError('away', Code.Unavailable)

test('a stream goes on after the server was away', async () => {
  const openings: number[] = []
  let position = 0
  const told: string[] = []
  const open = async function* () {
    openings.push(position)
    yield await Promise.resolve(position)
    if (position < 3) throw away()
  }
  const seen: number[] = []
  for await (const item of resuming({ err: (text) => told.push(text) }, open)) {
    seen.push(item)
    position += 2
  }
  expect(seen).toEqual([0, 2])
  expect(openings).toEqual([0, 2])
  expect(told).toHaveLength(1)
})

test.each([
  ['a server that is away at the start', away()],
  ['a refusal', new ConnectError('no', Code.NotFound)],
])('%s is an error', async (_what, error) => {
  // oxlint-disable-next-line require-yield
  const open = async function* (): AsyncIterable<never> {
    await Promise.reject(error)
  }
  await expect(Array.fromAsync(resuming({ err: () => {} }, open))).rejects.toBe(error)
})
