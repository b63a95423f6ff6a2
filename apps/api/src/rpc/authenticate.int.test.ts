import { Code, createClient } from '@connectrpc/connect'
import type { DescMethod, DescService } from '@bufbuild/protobuf'
import { createToken, deleteToken } from '@plimsoll/event-log'
import { Health } from '@plimsoll/proto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectTransport, openTestApi, type TestApi } from '../../test/open-test-api.ts'
import { refusal } from '../../test/refusal.ts'
import { services } from './routes.ts'

let api: TestApi
let tokens: Readonly<Record<string, string | undefined>>
beforeAll(async () => {
  api = await openTestApi({ projection: false })
  tokens = {
    'no token': undefined,
    'an empty token': '',
    'a wrong token': `plimsoll_${'x'.repeat(43)}`,
    'an expired token': await createToken(api.log, 'old', 'admin', new Date(Date.now() - 1_000)),
  }
})
afterAll(() => api[Symbol.asyncDispose]())

const methods: readonly (readonly [string, DescService, DescMethod])[] = services
  .filter(({ typeName }) => typeName !== Health.typeName)
  .flatMap((service) =>
    service.methods.map((method) => [`${service.typeName}/${method.name}`, service, method] as const),
  )

test('there are methods to test', () => {
  expect(methods.length).toBeGreaterThan(15)
})

test.each(methods)('%s is refused without a good token', async (_name, service, method) => {
  for (const [name, token] of Object.entries(tokens)) {
    const client = createClient(service, connectTransport(api.url, token))
    const { code, message } = await refusal(() => call(client, method))
    expect([name, code]).toEqual([name, Code.Unauthenticated])
    expect(message).not.toContain(token || 'nothing')
  }
})

/** Calls a method with an empty request and reads its whole answer. */
async function call(client: object, { methodKind, localName }: DescMethod): Promise<void> {
  const method = (client as Readonly<Record<string, (request: unknown) => unknown>>)[localName]
  if (method === undefined) throw new Error(`no method ${localName}`)
  const answer = methodKind === 'bidi_streaming' ? method(nothing()) : method({})
  if (methodKind === 'unary') await answer
  else for await (const item of answer as AsyncIterable<unknown>) throw new Error(`answered ${JSON.stringify(item)}`)
}

async function* nothing(): AsyncIterable<never> {}

test('a stream ends soon after its token is taken back', async () => {
  const token = await createToken(api.log, 'leaving', 'admin')
  const { readEvents } = createClient(services[1], connectTransport(api.url, token))
  const ended = refusal(async () => {
    for await (const { item } of readEvents({ follow: true })) expect(item.case).toBe('bookmark')
  })
  await api.gitops.startAutoSync({})
  await deleteToken(api.log, 'leaving')
  const start = performance.now()
  expect((await ended).code).toBe(Code.Unauthenticated)
  expect(performance.now() - start).toBeLessThan(60_000)
})
