import { Code } from '@connectrpc/connect'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../../test/open-test-api.ts'
import { refusal } from '../../test/refusal.ts'

let api: TestApi
let token = ''
beforeAll(async () => {
  api = await openTestApi()
  await api.gitops.registerRepository({ id: 'shop', url: 'https://git.example.com/shop.git' })
  await create('a-production', { app: 'shop', environment: 'production' }, ['b-staging'])
  await create('b-staging', { app: 'shop', environment: 'staging' })
  await create('plain', {})
  await create('other', { app: 'other' })
})
afterAll(() => api[Symbol.asyncDispose]())

async function create(id: string, labels: Readonly<Record<string, string>>, dependsOn: readonly string[] = []) {
  const workflow = { id, repository: 'shop', labels: { values: labels }, dependsOn: { values: [...dependsOn] } }
  token = (await api.gitops.createWorkflow({ workflow })).token
}

test.each([
  ['app=shop', ['a-production', 'b-staging']],
  ['app=shop,environment!=staging', ['a-production']],
  ['app in (shop, other)', ['a-production', 'b-staging', 'other']],
  ['!app', ['plain']],
  ['', ['a-production', 'b-staging', 'other', 'plain']],
])('workflows are listed by the labels %s', async (selector, expected) => {
  const list = async (more: object = {}) =>
    (await api.gitops.listWorkflows({ selector, minToken: token, ...more })).workflows.map(({ id }) => id)
  expect(await list()).toEqual(expected)
  expect(await list({ at: '@now' })).toEqual(expected)
})

test('a page of workflows with some labels may hold less than its size, and the next goes on after it', async () => {
  const found: string[] = []
  let pages = 0
  for (let pageToken = ''; ; pages++) {
    const page = await api.gitops.listWorkflows({ selector: 'app notin (other)', pageSize: 2, pageToken })
    found.push(...page.workflows.map(({ id }) => id))
    if (page.nextPageToken === '') break
    pageToken = page.nextPageToken
  }
  expect(found).toEqual(['a-production', 'b-staging', 'plain'])
  expect(pages).toBeGreaterThan(0)
})

test('what is no selector is refused', async () => {
  for (const ask of [
    () => api.gitops.listWorkflows({ selector: 'app~shop' }),
    () => api.gitops.getProgress({ selector: 'app in shop' }),
  ])
    expect((await refusal(ask)).code).toBe(Code.InvalidArgument)
})

test('progress comes in the order of promotion', async () => {
  const { environments, summary } = await api.gitops.getProgress({ selector: 'app=shop', minToken: token })
  expect(environments).toMatchObject([
    { workflowId: 'b-staging', environment: 'staging', current: false, follows: true, after: [] },
    {
      workflowId: 'a-production',
      environment: 'production',
      current: false,
      follows: false,
      after: ['b-staging'],
      waitsFor: { gate: 'sync', who: 'a person', message: '`plimsoll sync a-production`' },
    },
  ])
  expect(summary).toContain('0 of 2 environments have the newest commit')
  expect(await api.gitops.getProgress({ selector: 'app=nothing' })).toMatchObject({
    environments: [],
    summary: 'No workflow is selected.',
  })
})

test('a watch of progress shows it first, then each change', { timeout: 600_000 }, async () => {
  const end = new AbortController()
  const watch = api.gitops.watchProgress({ selector: 'app=other' }, { signal: end.signal })[Symbol.asyncIterator]()
  const namesOf = async (): Promise<readonly string[]> => {
    const { value } = await watch.next()
    // A bookmark, on a slow machine.
    if (value?.summary === '') return namesOf()
    return value?.environments.map(({ name }: { name: string }) => name)
  }
  expect(await namesOf()).toEqual(['other'])
  await api.gitops.updateWorkflow({ workflow: { id: 'other', name: 'Renamed' } })
  expect(await namesOf()).toEqual(['Renamed'])
  await create('another', { app: 'other' })
  expect(await namesOf()).toEqual(['another', 'Renamed'])
  expect((await watch.next()).value).toMatchObject({ environments: [], summary: '' })
  end.abort()
})
