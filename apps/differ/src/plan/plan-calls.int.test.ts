import { apiProxy } from '@plimsoll/harness'
import { expect, onTestFinished, test } from 'vitest'
import { configMap } from '../../test/objects.ts'
import { openPlanning } from '../../test/planning.ts'

async function counted() {
  const proxy = await apiProxy()
  const planning = await openPlanning(proxy.kubeconfig)
  onTestFinished(async () => {
    await planning[Symbol.asyncDispose]()
    await proxy[Symbol.asyncDispose]()
  })
  return { proxy, ...planning }
}

test('what is in sync costs no call, and one change is asked about once', async () => {
  const { proxy, namespace, plan, sync } = await counted()
  const objects = (x: string) =>
    Array.from({ length: 40 }, (_, index) => configMap(`c-${index}`, namespace, { x: index === 7 ? x : '1' }))
  await sync(objects('1'))
  proxy.calls()
  expect(await plan(objects('1'))).toMatchObject({ changes: [], conflicts: [], warnings: [], steps: [] })
  expect(proxy.calls()).toEqual([])

  expect((await plan(objects('2'))).changes).toHaveLength(1)
  const path = `/api/v1/namespaces/${namespace}/configmaps/c-7`
  expect(proxy.calls().map((call) => `${call.method} ${call.path.split('?')[0]}`)).toEqual([
    `GET ${path}`,
    `PATCH ${path}`,
  ])
})

test('where most of a kind changed, what lives is read by pages of a list', async () => {
  const { proxy, namespace, plan, sync, view } = await counted()
  const objects = (x: string) => Array.from({ length: 700 }, (_, index) => configMap(`c-${index}`, namespace, { x }))
  await sync(objects('1'))
  await view.patch(`/api/v1/namespaces/${namespace}/configmaps/c-5`, {
    metadata: { labels: { 'plimsoll.dev/workflow': null } },
  })
  proxy.calls()
  const { changes, conflicts } = await plan(objects('2'))
  expect(conflicts).toEqual([])
  expect(changes).toHaveLength(700)
  const calls = Map.groupBy(proxy.calls(), ({ method }) => method)
  expect(calls.get('PATCH')).toHaveLength(700)
  // Two pages, and the object that lost its mark.
  expect(calls.get('GET')).toHaveLength(3)
})

test('a new object is asked about once', async () => {
  const { proxy, namespace, plan } = await counted()
  await plan([configMap('a', namespace, { x: '1' })])
  const [call, ...others] = proxy.calls()
  expect(others).toEqual([])
  expect(call).toMatchObject({ method: 'PATCH', path: expect.stringContaining('dryRun=All') })
})

test('429 holds the whole plan back for as long as the server asks, and the plan is made', async () => {
  const { proxy, namespace, plan } = await counted()
  const objects = Array.from({ length: 60 }, (_, index) => configMap(`c-${index}`, namespace, { x: '1' }))
  let refusedAt = 0
  proxy.intercept(({ method, at }) => {
    if (method !== 'PATCH' || refusedAt > 0) return undefined
    refusedAt = at
    return {
      status: 429,
      headers: { 'retry-after': '1' },
      body: { kind: 'Status', message: 'Too many requests', code: 429 },
    }
  })
  const { changes, conflicts } = await plan(objects)
  expect(conflicts).toEqual([])
  expect(changes).toHaveLength(60)
  const calls = proxy.calls().filter(({ method }) => method === 'PATCH')
  expect(calls).toHaveLength(61)
  // What was under way went on; nothing began while the server asked for peace.
  expect(calls.filter(({ at }) => at > refusedAt + 200 && at < refusedAt + 950)).toEqual([])
})
