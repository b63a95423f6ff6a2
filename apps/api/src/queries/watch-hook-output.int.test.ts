import { randomUUID } from 'node:crypto'
import { Code } from '@connectrpc/connect'
import { workflowDecider, workflowStream, type WorkflowEvent } from '@plimsoll/domain'
import { append, foldStream } from '@plimsoll/event-log'
import type { WatchHookOutputResponse } from '@plimsoll/proto'
import { keepHookOutput, tellHookNews, vaults } from '@plimsoll/service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../../test/open-test-api.ts'
import { refusal } from '../../test/refusal.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi({ projection: false })
  await api.gitops.registerRepository({ id: 'shop', url: 'https://git.example.com/shop.git' })
  await api.gitops.createWorkflow({ workflow: { id: 'shop', repository: 'shop' } })
})
afterAll(() => api[Symbol.asyncDispose]())

/** Records that a hook has ended, as those do who run them. */
async function finish(syncId: string, hook: string, text: string, ok = true): Promise<void> {
  const { log, context } = api
  const output = await keepHookOutput(vaults(log, context.installationKey)('shop'), text)
  const stream = workflowStream('shop')
  const { version } = await foldStream(log, stream, workflowDecider)
  const data = {
    sync_id: syncId,
    phase: 'PreSync',
    hook,
    ok,
    message: ok ? '' : 'it failed',
    outside: false,
    duration_ms: 12,
    output,
  }
  const events = [workflowDecider.encode({ type: 'HookFinished', data: { ...data, phase: 'PreSync' } })]
  await append(log, { stream, expectedVersion: version, events, cause: { commandId: randomUUID(), actor: 'syncer' } })
}

function shortOf({ item }: WatchHookOutputResponse): readonly unknown[] {
  if (item.case === 'running') return [item.value.syncId, item.value.hook, `waits for ${item.value.waitsFor}`]
  if (item.case === 'text') return [item.value.syncId, item.value.hook, item.value.text]
  return item.case === 'end' ? [item.value.syncId, item.value.hook, item.value.ok, item.value.message] : [item.case]
}

async function kept(syncId?: string): Promise<readonly (readonly unknown[])[]> {
  const answers: (readonly unknown[])[] = []
  const request = { workflowId: 'shop', ...(syncId !== undefined && { syncId }) }
  for await (const answer of api.gitops.watchHookOutput(request)) answers.push(shortOf(answer))
  return answers
}

test('what hooks of the newest sync have written is read, and that of any other by its id', async () => {
  expect(await kept()).toEqual([])
  await finish('sync-1', 'pre_sync_hooks[0]', 'of the first\n')
  await finish('sync-2', 'pre_sync_hooks[0]', 'one\ntwo\n')
  await finish('sync-2', 'Job/migrate', '', false)
  expect(await kept()).toEqual([
    ['sync-2', 'pre_sync_hooks[0]', 'one\ntwo\n'],
    ['sync-2', 'pre_sync_hooks[0]', true, ''],
    ['sync-2', 'Job/migrate', false, 'it failed'],
  ])
  expect((await kept('sync-1')).map(([syncId]) => syncId)).toEqual(['sync-1', 'sync-1'])
  expect(await kept('sync-of-nobody')).toEqual([])
})

test('what is written is seen as it comes, by whoever began to look before', async () => {
  const { js } = api.context
  const end = new AbortController()
  const about = { sync_id: 'sync-3', phase: 'PostSync', hook: 'post_sync_hooks[1]' }
  const seen: (readonly unknown[])[] = []
  const request = { workflowId: 'shop', follow: true, onlyNew: true }
  await refusal(async () => {
    for await (const answer of api.gitops.watchHookOutput(request, { signal: end.signal })) {
      if (seen.push(shortOf(answer)) === 1) {
        tellHookNews(js, 'other', { ...about, text: 'of another workflow' })
        tellHookNews(js, 'shop', { ...about, waits_for: 'a pod' })
        tellHookNews(js, 'shop', { ...about, text: 'waiting …\n' })
        tellHookNews(js, 'shop', { ...about, ok: true, message: '', duration_ms: 5 })
      }
      if (seen.length === 4) end.abort()
    }
  })
  expect(seen).toEqual([
    ['bookmark'],
    ['sync-3', 'post_sync_hooks[1]', 'waits for a pod'],
    ['sync-3', 'post_sync_hooks[1]', 'waiting …\n'],
    ['sync-3', 'post_sync_hooks[1]', true, ''],
  ])
})

test('whoever begins to look while a hook runs is told that it does', async () => {
  const { log } = api.context
  const stream = workflowStream('shop')
  const { version } = await foldStream(log, stream, workflowDecider)
  const asked = { trigger: 'manual', revision: null, plan: null, by: null, prune_kept: false } as const
  const events: readonly WorkflowEvent[] = [
    { type: 'SyncRequested', data: { sync_id: 'sync-4', ...asked } },
    { type: 'HookStarted', data: { sync_id: 'sync-4', phase: 'PreSync', hook: 'Job/slow' } },
  ]
  const cause = { commandId: randomUUID(), actor: 'syncer' }
  await append(log, { stream, expectedVersion: version, events: events.map(workflowDecider.encode), cause })
  const end = new AbortController()
  const seen: (readonly unknown[])[] = []
  await refusal(async () => {
    const request = { workflowId: 'shop', follow: true, onlyNew: true }
    for await (const answer of api.gitops.watchHookOutput(request, { signal: end.signal }))
      if (seen.push(shortOf(answer)) === 2) end.abort()
  })
  expect(seen).toEqual([['sync-4', 'Job/slow', 'waits for '], ['bookmark']])
})

test('the output of a workflow that is not there is refused', async () => {
  const refused = await refusal(async () => {
    for await (const _ of api.gitops.watchHookOutput({ workflowId: 'nothing' })) expect.unreachable()
  })
  expect(refused.code).toBe(Code.NotFound)
})
