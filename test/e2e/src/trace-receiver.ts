import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** Takes spans over OTLP/HTTP and keeps what came, as text. */
export type TraceReceiver = AsyncDisposable & { readonly url: string; readonly received: readonly string[] }

export async function traceReceiver(): Promise<TraceReceiver> {
  const received: string[] = []
  const server = createServer((request, response) => {
    void text(request.setEncoding('latin1')).then((body) => {
      received.push(body)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
