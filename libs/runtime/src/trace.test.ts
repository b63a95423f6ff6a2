import { expect, test } from 'vitest'
import { currentTraceparent, inSpan, parseTraceparent } from './trace.ts'

const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const traceOf = (traceparent: string) => parseTraceparent(traceparent)?.traceId

test('without an SDK the trace of the given traceparent runs on, across awaits and nested spans', async () => {
  const seen = await inSpan('outer', given, async () => {
    await Promise.resolve()
    const outer = currentTraceparent()
    return [outer, await inSpan('inner', outer, () => Promise.resolve(currentTraceparent()))]
  })
  expect(seen.map(traceOf)).toEqual(['0af7651916cd43dd8448eb211c80319c', '0af7651916cd43dd8448eb211c80319c'])
})

test('without a parent a span starts one trace and keeps it', async () => {
  const [first, second] = await inSpan('root', null, () =>
    Promise.resolve([currentTraceparent(), currentTraceparent()]),
  )
  expect(first).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  expect(second).toBe(first)
})

test('outside of any span each traceparent is a new and valid one', () => {
  expect(traceOf(currentTraceparent())).not.toBe(traceOf(currentTraceparent()))
})

test.each([
  null,
  '',
  'garbage',
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
])('%j is no traceparent, so a new trace starts', async (text) => {
  expect(parseTraceparent(text)).toBeNull()
  expect(await inSpan('root', text, () => Promise.resolve(currentTraceparent()))).toMatch(
    /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/,
  )
})

test('what the span throws comes out', async () => {
  await expect(inSpan('root', given, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside')
})
