import type { Claim } from '@plimsoll/event-log'
import { expect, test } from 'vitest'
import { traced } from './traced.ts'

const claim: Claim = {
  role: 'plan',
  stream: 'workflow-web',
  epoch: 1,
  owner: 'test',
  done: 0,
  seen: 1,
  attempts: 0,
  crashes: 0,
  leaseUntil: new Date(),
}
const context = { signal: new AbortController().signal, held: () => claim }
const append = (traceparent?: string) => ({
  stream: 'workflow-web',
  expectedVersion: 0,
  events: [],
  cause: { commandId: 'c', actor: 'test', traceparent },
})

test('what is recorded for no event begins a trace, and what follows from an event stays in its own', async () => {
  const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const handle = traced({
    role: 'plan',
    handle: () => Promise.resolve({ done: 1, append: [append(), append(parent)] }),
  })
  const { append: [begun, followed] = [] } = await handle(claim, context)
  expect(begun?.cause.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  expect(followed?.cause.traceparent).toBe(parent)
})

test('work that records nothing stays as it is', async () => {
  const handle = traced({ role: 'plan', handle: () => Promise.resolve({ done: 3 }) })
  expect(await handle(claim, context)).toEqual({ done: 3 })
})
