import http2 from 'node:http2'
import { Code } from '@connectrpc/connect'
import { sequence } from '@plimsoll/event-log'
import type { Event, WatchWorkflowResponse } from '@plimsoll/proto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../../test/open-test-api.ts'
import { refusal } from '../../test/refusal.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
  await api.gitops.registerRepository({ id: 'shop', url: 'https://git.example.com/shop.git' })
})
afterAll(() => api[Symbol.asyncDispose]())

const create = async (id: string, more: { autoSync?: boolean; name?: string } = {}) =>
  (await api.gitops.createWorkflow({ workflow: { id, repository: 'shop', ...more } })).token

/** Reads a stream of answers one by one; leaving the scope ends the call. */
function reader<T>(
  open: (options: { signal: AbortSignal }) => AsyncIterable<T>,
): AsyncDisposable & { readonly next: () => Promise<T | undefined> } {
  const controller = new AbortController()
  const iterator = open({ signal: controller.signal })[Symbol.asyncIterator]()
  return {
    next: async () => {
      const { done, value } = await iterator.next()
      return done ? undefined : (value as T)
    },
    async [Symbol.asyncDispose]() {
      controller.abort()
      await iterator.next().catch(() => {})
    },
  }
}

/** The next answer that is no bookmark. */
async function nextStatus(watch: { readonly next: () => Promise<WatchWorkflowResponse | undefined> }) {
  for (;;) {
    const answer = await watch.next()
    if (answer === undefined || answer.workflow !== undefined || answer.deleted) return answer
  }
}

test('a watch shows the status first, then each change, and the end', async () => {
  const minToken = await create('watched')
  await using watch = reader((options) => api.gitops.watchWorkflow({ workflowId: 'watched', minToken }, options))
  expect(await nextStatus(watch)).toMatchObject({ token: 'workflow-watched@1', workflow: { autoSync: false } })
  await create('watched', { autoSync: true })
  expect(await nextStatus(watch)).toMatchObject({ token: 'workflow-watched@2', workflow: { autoSync: true } })
  await api.gitops.deleteWorkflow({ workflowId: 'watched' })
  expect(await nextStatus(watch)).toMatchObject({ deleted: true, token: 'workflow-watched@3' })
  expect(await watch.next()).toBeUndefined()
})

test('a watch that is resumed does not repeat what was seen, and bookmarks tell that it lives', async () => {
  const token = await create('resumed')
  await using watch = reader((options) =>
    api.gitops.watchWorkflow({ workflowId: 'resumed', minToken: token, resumeToken: token }, options),
  )
  for (let bookmarks = 0; bookmarks < 2; bookmarks++) {
    const bookmark = await watch.next()
    expect(bookmark).toMatchObject({ token, deleted: false })
    expect(bookmark?.workflow).toBeUndefined()
  }
  await create('resumed', { name: 'another' })
  expect(await nextStatus(watch)).toMatchObject({ workflow: { name: 'another' }, token: 'workflow-resumed@2' })
})

test('a watch of what is not there is refused', async () => {
  const refused = await refusal(async () => {
    for await (const _ of api.gitops.watchWorkflow({ workflowId: 'nothing' })) expect.unreachable()
  })
  expect(refused.code).toBe(Code.NotFound)
})

async function eventsOf(
  request: Parameters<typeof api.events.readEvents>[0],
): Promise<{ events: Event[]; bookmark: bigint | undefined }> {
  const events: Event[] = []
  let bookmark: bigint | undefined
  for await (const { item } of api.events.readEvents(request)) {
    if (item.case === 'event') events.push(item.value)
    if (item.case === 'bookmark') bookmark = item.value.position
  }
  return { events, bookmark }
}

test('the log is read from any position, without gaps, and ends with a bookmark', async () => {
  const minToken = await create('logged', { name: 'first' })
  await api.gitops.getWorkflowStatus({ workflowId: 'logged', minToken })
  const { events, bookmark } = await eventsOf({})
  expect(events.map(({ position }) => Number(position))).toEqual(events.map((_, index) => index + 1))
  expect(bookmark).toBe(BigInt(events.length))
  expect(events[0]).toMatchObject({
    stream: 'repository-shop',
    type: 'RepositoryRegistered',
    actor: 'tester',
    version: 1,
    previousInStream: 0n,
  })
  expect(events[0]?.data).toMatchObject({ url: 'https://git.example.com/shop.git', poll_interval_ms: 30_000 })
  const [second] = (await eventsOf({ fromPosition: 2n, limit: 1 })).events
  expect(second?.eventId).toBe(events[1]?.eventId)
  expect((await eventsOf({ fromPosition: 1_000n })).events).toEqual([])
})

test('a filter leaves the others out, and follows what comes', async () => {
  const minToken = await create('followed')
  await api.gitops.getWorkflowStatus({ workflowId: 'followed', minToken })
  const filter = { case: 'workflowId' as const, value: 'followed' }
  await using events = reader((options) => api.events.readEvents({ follow: true, filter }, options))
  const nextEvent = async (): Promise<Event | undefined> => {
    for (;;) {
      const answer = await events.next()
      if (answer === undefined) return undefined
      if (answer.item.case === 'event') return answer.item.value
    }
  }
  expect(await nextEvent()).toMatchObject({ stream: 'workflow-followed', version: 1 })
  await create('not-followed')
  await create('followed', { name: 'x' })
  expect(await nextEvent()).toMatchObject({ stream: 'workflow-followed', version: 2, type: 'WorkflowChanged' })
  expect((await eventsOf({ filter: { case: 'stream', value: 'repository-shop' } })).events).toHaveLength(1)
})

test('a bookmark comes while nothing happens', async () => {
  await using events = reader((options) => api.events.readEvents({ follow: true, fromPosition: 100_000n }, options))
  expect((await events.next())?.item.case).toBe('bookmark')
})

test('a reader that takes nothing is cut, and holds up nobody', async () => {
  await using impatient = await openTestApi({ projection: false, stallMs: 500 })
  await impatient.gitops.registerRepository({ id: 'shop', url: 'https://git.example.com/shop.git' })
  const { url, gitops, log } = impatient
  for (let round = 0; round < 60; round++)
    await gitops.createWorkflow({
      workflow: { id: 'slow', repository: 'shop', name: `${round}` },
      reason: 'x'.repeat(1_900),
    })
  while ((await sequence(log, 1_000)) > 0);

  const session = http2.connect(url)
  const stream = session.request({
    ':path': '/plimsoll.v1.EventService/ReadEvents',
    ':method': 'POST',
    'content-type': 'application/connect+json',
    authorization: `Bearer ${impatient.token}`,
  })
  stream.on('error', () => {})
  const cut = new Promise((resolve) => stream.once('close', resolve))
  const message = Buffer.from('{"follow":true}')
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  stream.end(Buffer.concat([head, message]))
  stream.pause()
  expect((await gitops.createWorkflow({ workflow: { id: 'slow', repository: 'shop', name: 'last' } })).changed).toBe(
    true,
  )
  await cut
  session.destroy()
})
