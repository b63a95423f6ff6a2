import { Code, ConnectError } from '@connectrpc/connect'
import { expect, test } from 'vitest'
import type { PlimsollError } from '../errors.ts'
import { errorOf } from './error-of.ts'
import { follow } from './follow.ts'
import { fullPatience } from './patience.ts'

const away = () => errorOf(new ConnectError('away', Code.Unavailable), 'http://127.0.0.1:1')
const settings = (retries: PlimsollError[] = []) => ({
  url: 'http://127.0.0.1:1',
  patience: fullPatience({ startMs: 0 }),
  onRetry: ({ error }: { readonly error: PlimsollError }) => void retries.push(error),
  closed: new AbortController().signal,
})

test('a stream goes on where it was after the server was away', async () => {
  const openings: number[] = []
  const retries: PlimsollError[] = []
  let position = 0
  const open = async function* () {
    openings.push(position)
    yield await Promise.resolve(position)
    if (position < 3) throw away()
  }
  const seen: number[] = []
  for await (const item of follow(settings(retries), open)) {
    seen.push(item)
    position += 2
  }
  expect(seen).toEqual([0, 2])
  expect(openings).toEqual([0, 2])
  expect(retries).toMatchObject([{ code: 'unavailable' }])
})

test.each([
  ['a server that is away at the start', away()],
  ['a refusal', errorOf(new ConnectError('no', Code.NotFound), '')],
])('%s is an error', async (_what, error) => {
  // oxlint-disable-next-line require-yield
  const open = async function* (): AsyncIterable<never> {
    await Promise.reject(error)
  }
  await expect(Array.fromAsync(follow(settings(), open))).rejects.toBe(error)
})

test('whoever stops reading closes the stream', async () => {
  let signal: AbortSignal | undefined
  const open = async function* (call: { readonly signal: AbortSignal }) {
    signal = call.signal
    for (;;) yield await Promise.resolve(1)
  }
  for await (const item of follow(settings(), open)) {
    expect(item).toBe(1)
    expect(signal?.aborted).toBe(false)
    break
  }
  expect(signal?.aborted).toBe(true)
})
