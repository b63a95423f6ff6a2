import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('../test/traced.ts', import.meta.url))
const traceId = '0af7651916cd43dd8448eb211c80319c'

test('with an endpoint spans are exported in the trace that was given, the inner as a child of the outer', async () => {
  const received = Promise.withResolvers<string>()
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      response.end('{}')
      received.resolve(body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const { sdk, trace } = await runTraced({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  })
  const spans = spansOf(await received.promise)
  server.close()
  server.closeAllConnections()
  expect(sdk).toBe(true)
  expect(trace).toBe(traceId)
  const outer = spans.find(({ name }) => name === 'outer')
  const inner = spans.find(({ name }) => name === 'inner')
  expect(outer).toMatchObject({ traceId, parentSpanId: 'b7ad6b7169203331' })
  expect(inner).toMatchObject({ traceId, parentSpanId: outer?.spanId })
})

test('without one the SDK is not loaded, and the trace runs on all the same', async () => {
  expect(await runTraced({})).toEqual({ sdk: false, trace: traceId })
})

async function runTraced(env: Record<string, string>): Promise<{ sdk: boolean; trace: string }> {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  await once(child, 'close')
  return JSON.parse(out) as { sdk: boolean; trace: string }
}

type Span = { readonly name: string; readonly traceId: string; readonly spanId: string; readonly parentSpanId?: string }

function spansOf(body: string): readonly Span[] {
  const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
}
