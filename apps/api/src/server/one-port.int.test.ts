import { once } from 'node:events'
import http2 from 'node:http2'
import net from 'node:net'
import { Code, createClient } from '@connectrpc/connect'
import { createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import {
  GetRepositoryRequestSchema,
  GetRepositoryResponseSchema,
  GitOpsService,
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus as Serving,
  HealthCheckResponseSchema,
  ServerReflection,
} from '@plimsoll/proto'
import { fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { grpcCall } from '../../test/grpc-call.ts'
import { openTestApi, type TestApi } from '../../test/open-test-api.ts'
import { refusal } from '../../test/refusal.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
  const { token } = await api.gitops.registerRepository({ id: 'shop', url: 'https://git.example.com/shop.git' })
  await api.gitops.getRepository({ id: 'shop', minToken: token })
})
afterAll(() => api[Symbol.asyncDispose]())

const authorized = (token: string) => ({ authorization: `Bearer ${token}` })
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${api.url}/${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })

test("Google's gRPC client is answered", async () => {
  const path = '/plimsoll.v1.GitOpsService/GetRepository'
  const schemas = [GetRepositoryRequestSchema, GetRepositoryResponseSchema] as const
  const found = await grpcCall(api.port, path, schemas, { id: 'shop' }, api.token)
  expect(found).toMatchObject({ repository: { url: 'https://git.example.com/shop.git' }, token: 'repository-shop@1' })
  expect(await grpcCall(api.port, path, schemas, { id: 'none' }, api.token)).toMatchObject({ code: 5 })
})

test('JSON over HTTP/1.1 has the names of the proto files, and says what is zero or false', async () => {
  const answer = await post('plimsoll.v1.GitOpsService/GetRepository', '{"id":"shop"}', authorized(api.token))
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ repository: { poll_interval: '30s', credentials_type: '' } })
})

test('an error as JSON has its code and the faults', async () => {
  const answer = await post('plimsoll.v1.GitOpsService/GetRepository', '{"id":"none"}', authorized(api.token))
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({
    code: 'not_found',
    details: [{ type: 'plimsoll.v1.Fault', debug: { because: 'registered are shop' } }],
  })
})

test('a field that does not exist is told, not ignored', async () => {
  const answer = await post(
    'plimsoll.v1.GitOpsService/CreateWorkflow',
    '{"workflow":{"auto_prun":true}}',
    authorized(api.token),
  )
  expect(answer.status).toBe(400)
  expect(JSON.stringify(await answer.json())).toContain('auto_prun')
})

test('gRPC-web over HTTP/1.1 and gRPC over HTTP/2 are answered', async () => {
  const interceptors = [
    ((next) => (request) => {
      request.header.set('authorization', `Bearer ${api.token}`)
      return next(request)
    }) satisfies Parameters<typeof createGrpcTransport>[0]['interceptors'] extends (infer I)[] | undefined ? I : never,
  ]
  const web = createClient(
    GitOpsService,
    createGrpcWebTransport({ baseUrl: api.url, httpVersion: '1.1', interceptors }),
  )
  expect((await web.listRepositories({})).repositories).toHaveLength(1)
  const grpc = createClient(GitOpsService, createGrpcTransport({ baseUrl: api.url, interceptors }))
  expect((await grpc.listRepositories({})).repositories).toHaveLength(1)
})

test('the health protocol is answered without a token', async () => {
  const schemas = [HealthCheckRequestSchema, HealthCheckResponseSchema] as const
  expect(await grpcCall(api.port, '/grpc.health.v1.Health/Check', schemas, {})).toMatchObject({
    status: Serving.SERVING,
  })
  const service = { service: 'plimsoll.v1.GitOpsService' }
  expect(await grpcCall(api.port, '/grpc.health.v1.Health/Check', schemas, service)).toMatchObject({
    status: Serving.SERVING,
  })
  expect(await grpcCall(api.port, '/grpc.health.v1.Health/Check', schemas, { service: 'x' })).toMatchObject({ code: 5 })
  const controller = new AbortController()
  for await (const { status } of createClient(Health, api.transport).watch({}, { signal: controller.signal })) {
    expect(status).toBe(Serving.SERVING)
    break
  }
})

test('reflection gives a generic client everything it needs', async () => {
  const client = createClient(ServerReflection, api.transport)
  const ask = async (messageRequest: {
    case: 'listServices' | 'fileContainingSymbol' | 'fileByFilename'
    value: string
  }) => {
    for await (const { messageResponse } of client.serverReflectionInfo(one({ messageRequest }))) return messageResponse
    throw new Error('no answer')
  }
  const list = await ask({ case: 'listServices', value: '' })
  expect(JSON.stringify(list)).toContain('plimsoll.v1.GitOpsService')
  const file = await ask({ case: 'fileContainingSymbol', value: 'plimsoll.v1.GitOpsService.SyncWorkflow' })
  if (file.case !== 'fileDescriptorResponse') throw new Error('no file')
  const files = file.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
  expect(files.map(({ name }) => name)).toContain('google/protobuf/struct.proto')
  const names = new Set(files.map(({ name }) => name))
  for (const { dependency } of files) for (const name of dependency) expect(names).toContain(name)
  expect(await ask({ case: 'fileByFilename', value: 'no.proto' })).toMatchObject({
    case: 'errorResponse',
    value: { errorCode: 5 },
  })
})

async function* one<T>(value: T): AsyncIterable<T> {
  yield await Promise.resolve(value)
}

test('a message of more than 4 MiB is refused, also when it is small on the wire, and others are served', async () => {
  const large = JSON.stringify({ id: 'x'.repeat(5 * 1024 * 1024) })
  const refused = await post('plimsoll.v1.GitOpsService/GetRepository', large, authorized(api.token))
  expect(await refused.json()).toMatchObject({ code: 'resource_exhausted' })
  const { gzipSync } = await import('node:zlib')
  const bomb = await fetch(`${api.url}/plimsoll.v1.GitOpsService/GetRepository`, {
    method: 'POST',
    body: gzipSync(large),
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip', ...authorized(api.token) },
  })
  expect(await bomb.json()).toMatchObject({ code: 'resource_exhausted' })
  expect((await api.gitops.getRepository({ id: 'shop' })).repository?.id).toBe('shop')
})

test('headers of more than 16 KiB are refused', async () => {
  const answer = await post('plimsoll.v1.GitOpsService/GetRepository', '{}', { 'x-large': 'x'.repeat(20_000) })
  expect(answer.status).toBe(431)
})

test('first bytes that come one by one are understood', async () => {
  const socket = net.connect(api.port, '127.0.0.1')
  const session = http2.connect(api.url, { createConnection: () => socket })
  const request = session.request({
    ':path': '/grpc.health.v1.Health/Check',
    ':method': 'POST',
    'content-type': 'application/json',
  })
  request.end('{}')
  const [headers] = (await once(request, 'response')) as [http2.IncomingHttpHeaders]
  expect(headers[':status']).toBe(200)
  session.destroy()

  const slow = net.connect({ port: api.port, host: '127.0.0.1', noDelay: true })
  for (const byte of 'POST /grpc.health.v1.Health/Check HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}') {
    slow.write(byte)
    await new Promise(setImmediate)
  }
  const [answer] = (await once(slow, 'data')) as [Buffer]
  expect(answer.toString()).toContain('200 OK')
  slow.destroy()
})

test('bytes that are no HTTP harm nobody', async () => {
  const socket = net.connect(api.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.end(Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 0xff]))
  socket.resume()
  await once(socket, 'close')
  const preface = net.connect(api.port, '127.0.0.1')
  preface.on('error', () => {})
  preface.end('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense that is no frame')
  preface.resume()
  await once(preface, 'close')
  expect((await api.gitops.getRepository({ id: 'shop' })).repository?.id).toBe('shop')
})

test('an end of the api ends its streams with UNAVAILABLE, soon', async () => {
  const took = async () => {
    const short = await openTestApi({ projection: false })
    const ended = refusal(async () => {
      for await (const { item } of short.events.readEvents({ follow: true })) throw new Error(`${item.case} came`)
    })
    await short.gitops.registerRepository({ url: 'https://git.example.com/x.git' })
    const start = performance.now()
    await short[Symbol.asyncDispose]()
    expect((await ended).code).toBe(Code.Unavailable)
    return performance.now() - start
  }
  // What still works is cut after 5 s. The machine may be busy with something else.
  await expect.poll(took).toBeLessThan(4_000)
})
