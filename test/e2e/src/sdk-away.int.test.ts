import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { tcpProxy, until, type TcpProxy } from '@plimsoll/harness'
import { DeadlineError, ServerAwayError, type Patience, type PlimsollError } from '@plimsoll/sdk'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { carriers, newRepository, openClientStage, type ClientStage } from './client-stage.ts'
import { deployment, documents } from './manifests.ts'
import { openApi, type RunningApi } from './open-api.ts'

let stage: ClientStage
let api: RunningApi
beforeAll(async () => {
  stage = await openClientStage()
  api = stage.api
})
afterAll(() => stage[Symbol.asyncDispose]())

describe.each(carriers)('over %s', (_carrier, openPlimsoll) => {
  /** A client whose way to the server can be broken, and what it was told of further tries. */
  async function openThroughProxy(patience: Patience = {}) {
    const proxy = await tcpProxy({ port: api.port })
    const retries: PlimsollError[] = []
    const plimsoll = openPlimsoll({
      url: `http://127.0.0.1:${proxy.port}`,
      token: api.token,
      patience,
      onRetry: ({ error }) => void retries.push(error),
    })
    onTestFinished(async () => {
      await plimsoll[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    })
    return { proxy, plimsoll, retries }
  }

  test('a server that is not there is waited for, then told', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    await using hasty = openPlimsoll({ url, token: api.token, patience: { startMs: 0 } })
    const error = await hasty.getSystemStatus().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ServerAwayError)
    expect(error).toMatchObject({ code: 'unavailable', retryable: true, answered: false, where: url })
    await expect(hasty.watchEvents().next()).rejects.toThrow(ServerAwayError)

    await using patient = openPlimsoll({ url, token: api.token, patience: { startMs: 60_000 } })
    const status = patient.getSystemStatus({ timeoutMs: 150_000 })
    const watched = patient.watchEvents().next()
    await using late = await openApi(stage.installation, port)
    expect(late.url).toBe(url)
    expect(await status).toMatchObject({ version: '0.1.0' })
    expect((await watched).value).toMatchObject({ position: 1 })
  })

  test('a sync whose connection breaks is waited for again, and is one sync', async () => {
    const { proxy, plimsoll, retries } = await openThroughProxy()
    await using direct = openPlimsoll({ url: api.url, token: api.token })
    const neverHealthy = { 'web.yaml': documents(deployment('web', { image: 'broken:1' })) }
    const { id, url, namespace } = await newRepository(stage, neverHealthy)
    await plimsoll.registerRepository({ id, url })
    const health_check = { timeout: '5s' }
    await plimsoll.createWorkflow({ id, repository: id, destination: { namespace }, sync_policy: { health_check } })
    const syncing = plimsoll.syncWorkflow(id)
    for await (const { type } of direct.watchEvents({ workflow_id: id })) if (type === 'SyncStarted') break
    await breakOnce(proxy, retries)
    const answer = await syncing
    expect(answer).toMatchObject({ ok: false, error: { code: 'sync_failed' } })
    const asked = await Array.fromAsync(plimsoll.readEvents({ workflow_id: id }))
    expect(asked.filter(({ type }) => type === 'SyncRequested')).toMatchObject([{ data: { sync_id: answer.sync_id } }])
  })

  test('watches go on after every break, with each event once', async () => {
    const { proxy, plimsoll, retries } = await openThroughProxy()
    await using direct = openPlimsoll({ url: api.url, token: api.token })
    const id = `s${randomBytes(5).toString('hex')}`
    await direct.registerRepository({ id, url: 'https://git.example.com/none.git' })
    await direct.createWorkflow({ id, repository: id })
    const events = plimsoll.watchEvents({ workflow_id: id })
    const changes = plimsoll.watchWorkflow(id)
    const positions: number[] = []
    const take = async () => {
      const { value } = await events.next()
      if (value === undefined) throw new Error('the watch ended')
      positions.push(value.position)
      return value.type
    }
    // Its repository is nowhere, and its status may come to say so in between.
    const untilNamed = async (name: string | undefined) => {
      for (;;) {
        const { value } = await changes.next()
        if (value === undefined) throw new Error('the watch ended')
        if (value.workflow?.name === name) return
      }
    }
    expect(await take()).toBe('WorkflowCreated')
    expect((await changes.next()).value).toMatchObject({ workflow: { id } })
    for (const round of ['one', 'two', 'three']) {
      const [event, change] = [take(), untilNamed(round)]
      await breakOnce(proxy, retries)
      await direct.updateWorkflow(id, { name: round })
      expect(await event).toBe('WorkflowChanged')
      await change
    }
    await direct.deleteWorkflow(id)
    await untilNamed(undefined)
    expect((await changes.next()).done).toBe(true)
    expect(await take()).toBe('WorkflowDeleted')
    expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b))
    await events.return()
  })

  test('what takes too long ends in time, however often it was tried', async () => {
    const { proxy, plimsoll } = await openThroughProxy()
    await plimsoll.getSystemStatus()
    proxy.blackHole()
    await expect(plimsoll.getSystemStatus({ timeoutMs: 500 })).rejects.toThrow(DeadlineError)
  })

  test('a connection that falls silent is opened anew', async () => {
    const { proxy, plimsoll, retries } = await openThroughProxy({ silenceMs: 6_000 })
    await using direct = openPlimsoll({ url: api.url, token: api.token })
    const id = `s${randomBytes(5).toString('hex')}`
    await direct.registerRepository({ id, url: 'https://git.example.com/none.git' })
    await direct.createWorkflow({ id, repository: id })
    const events = plimsoll.watchEvents({ workflow_id: id })
    expect((await events.next()).value).toMatchObject({ type: 'WorkflowCreated' })
    proxy.blackHole()
    await direct.updateWorkflow(id, { name: 'meanwhile' })
    const next = events.next()
    await until(() => retries.length > 0, { what: 'the silence is noticed' })
    proxy.resume()
    expect((await next).value).toMatchObject({ type: 'WorkflowChanged' })
    await events.return()
  })
})

/** Breaks all connections, and lets new ones through once somebody has tried again. */
async function breakOnce(proxy: TcpProxy, retries: readonly PlimsollError[]): Promise<void> {
  const before = retries.length
  proxy.cut()
  await until(() => retries.length > before, { what: 'it is tried again' })
  proxy.resume()
}

async function freePort(): Promise<number> {
  const server = createServer()
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  return typeof address === 'object' && address !== null ? address.port : 0
}
