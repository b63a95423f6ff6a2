import { readFile } from 'node:fs/promises'
import { connect } from 'node:http2'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { apiProxy } from './api-proxy.ts'
import { tcpProxy } from './tcp-proxy.ts'
import { testEnvironment } from './test-environment.ts'
import { until } from './until.ts'

type Kubeconfig = { readonly clusters: [{ readonly cluster: Readonly<Record<string, string>> }] }

async function clusterIn(path: string) {
  const [{ cluster }] = (parse(await readFile(path, 'utf8')) as Kubeconfig).clusters
  const { server = '', 'certificate-authority-data': ca = '' } = cluster
  return { server, ca: Buffer.from(ca, 'base64') }
}

function statusOf({ server, ca }: Awaited<ReturnType<typeof clusterIn>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const session = connect(server, { ca })
    session.on('error', reject)
    const request = session.request({ ':path': '/healthz' })
    request.on('response', ({ ':status': status = 0 }) => resolve(status))
    request.on('error', reject)
    request.on('close', () => {
      session.destroy()
      reject(new Error('closed without an answer'))
    })
    request.resume()
  })
}

test('the proxy of the API server connects again when its connection was ended', { timeout: 600_000 }, async () => {
  const { server } = await clusterIn(testEnvironment('PLIMSOLL_TEST_KUBECONFIG'))
  await using way = await tcpProxy({ port: Number(new URL(server).port) })
  await using proxy = await apiProxy({ port: way.port })
  const proxied = await clusterIn(proxy.kubeconfig)
  expect(await statusOf(proxied)).toBeGreaterThanOrEqual(200)
  way.cut()
  await expect(statusOf(proxied)).rejects.toThrow('closed without an answer')
  way.resume()
  await until(async () => (await statusOf(proxied)) >= 200, { what: 'the API server is reached', timeoutMs: 60_000 })
})
