import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import type { openPlimsoll } from '@plimsoll/sdk'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openInstallation, type Installation } from './installation.ts'
import { openApi, type RunningApi } from './open-api.ts'
import { startInProcess } from './start-in-process.ts'

const entry = fileURLToPath(import.meta.resolve('@plimsoll/sdk'))

let installation: Installation
let services: AsyncDisposable
let api: RunningApi
beforeAll(async () => {
  installation = await openInstallation()
  services = await startInProcess(installation)
  api = await openApi(installation)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await services[Symbol.asyncDispose]()
  await installation[Symbol.asyncDispose]()
})

/** The main entry as a dashboard would ship it. */
async function bundle() {
  const bundled = await rolldown({ input: entry, platform: 'browser' })
  const { output } = await bundled.generate({ format: 'iife', name: 'sdk' })
  await bundled.close()
  return output[0]
}

test('the main entry needs nothing of Node', async () => {
  const { code, imports, dynamicImports, moduleIds } = await bundle()
  expect({ imports, dynamicImports }).toEqual({ imports: [], dynamicImports: [] })
  expect(code).not.toMatch(/['"]node:|\brequire\(|\bBuffer\./)
  expect(moduleIds.filter((id) => id.includes('connect-node'))).toEqual([])
  expect(moduleIds.filter((id) => id.includes('connect-web')).length).toBeGreaterThan(0)
})

test('it works where there is nothing but what browsers have', async () => {
  const { code } = await bundle()
  const { fetch, Headers, Response, AbortController, AbortSignal, TextEncoder, TextDecoder, URL, ReadableStream } =
    globalThis
  const web = { fetch, Headers, Response, AbortController, AbortSignal, TextEncoder, TextDecoder, URL, ReadableStream }
  const context = createContext({ ...web, crypto, performance, setTimeout, clearTimeout, DOMException })
  runInContext(`${code}; globalThis.sdk = sdk`, context)
  const sdk = context['sdk'] as { readonly openPlimsoll: typeof openPlimsoll }
  await using plimsoll = sdk.openPlimsoll({ url: api.url, token: api.token })
  const id = `b${randomBytes(5).toString('hex')}`
  await plimsoll.registerRepository({ id, url: 'https://git.example.com/none.git' })
  await plimsoll.createWorkflow({ id, repository: id, labels: { app: 'shop' } })
  for await (const { workflow } of plimsoll.watchWorkflow(id)) {
    expect(workflow).toMatchObject({ id, status: 'active', config: { labels: { app: 'shop' } } })
    break
  }
  const error: unknown = await plimsoll.getWorkflowStatus('none').catch((reason: unknown) => reason)
  expect(error).toMatchObject({ name: 'NotFoundError', code: 'not_found' })
})
