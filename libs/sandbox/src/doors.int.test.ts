import { execFile, execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { writeFileSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createCertificate, testTool, until } from '@plimsoll/harness'
import { afterAll, describe, expect, test } from 'vitest'
import { buildProbe } from '../test/probe.ts'
import { type Outcome, runElsewhere } from '../test/run-elsewhere.ts'
import { hasGo, isRoot, probing, told, users } from '../test/users.ts'
import type { SandboxedRun } from './index.ts'

const built = hasGo() ? buildProbe(await testTool('plimsoll-sandbox')) : undefined
const { launcher = '', probe = '' } = built ?? {}
afterAll(() => built?.[Symbol.dispose]())

type Doors = Pick<SandboxedRun, 'forwards' | 'proxy'> & Partial<Pick<SandboxedRun, 'limits'>>
type Serving = AsyncDisposable & { readonly port: number; readonly sockets: Set<Socket> }

async function serve(server: Server, address: { port?: number; path?: string } = {}): Promise<Serving> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen({ host: '127.0.0.1', port: 0, ...address })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Says back what it hears, once it has heard all. */
const echo = () => createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket))
const app: RequestListener = (request, response) => {
  const to = /^\/to\/(.*)$/.exec(request.url ?? '')?.[1]
  if (to !== undefined) return response.writeHead(302, { location: `http://${to}` }).end()
  return response.end(`${request.headers.host} ${request.url}`)
}

describe.skipIf(built === undefined).each(users)('a program started by %s', (_, user) => {
  async function run(args: readonly string[], doors: Doors) {
    await using elsewhere = runElsewhere(launcher, { ...probing(probe, args), ...doors }, user)
    return await elsewhere.outcome()
  }

  test('reaches a server through a port of its own loopback, both ways and to the last byte', async () => {
    await using server = await serve(echo())
    const text = 'x'.repeat(100_000)
    const doors = { forwards: [{ port: 443, host: '127.0.0.1', to: server.port }] }
    expect(told(await run(['exchange', '127.0.0.1:443', text], doors))).toBe(text)
    const byName = { forwards: [{ port: 6443, host: 'localhost', to: server.port }] }
    expect(told(await run(['exchange', '127.0.0.1:6443', 'by name'], byName))).toBe('by name')
  })

  test('has nothing but that port: no other, no datagram, no other network, no socket without a file', async () => {
    await using server = await serve(echo())
    const local = createServer()
    local.listen(`\0plimsoll-${server.port}`)
    const datagrams = createSocket('udp4')
    let heard = 0
    datagrams.on('message', () => (heard += 1))
    datagrams.bind(0, '127.0.0.1')
    await once(datagrams, 'listening')
    const doors = { forwards: [{ port: 6443, host: '127.0.0.1', to: server.port }] }
    expect(told(await run(['tell'], doors))).toMatchObject({
      open: [0, 1, 2],
      capabilities: [0, 0, 0, 0, 0, 0],
    })
    const addresses = [`127.0.0.1:${server.port}`, `[::1]:${server.port}`, '169.254.169.254:80', '10.255.255.53:53']
    for (const attempt of Object.values(told(await run(['connect', ...addresses], doors)) as object))
      expect(attempt).toMatch(/connection refused|network is unreachable/)
    const places = [`127.0.0.1:${datagrams.address().port}`, '10.255.255.53:53']
    for (const attempt of Object.values(told(await run(['datagram', ...places], doors)) as object))
      expect(attempt).toMatch(/connection refused|network is unreachable/)
    expect(told(await run(['local', `@plimsoll-${server.port}`], doors))).toEqual({
      [`@plimsoll-${server.port}`]: expect.stringContaining('connection refused') as string,
    })
    const denied = 'operation not permitted'
    expect(told(await run(['calls'], doors))).toMatchObject({
      unshare: denied,
      vsock: denied,
      netlink: denied,
      packet: denied,
    })
    expect(heard).toBe(0)
    local.close()
    datagrams.close()
  })

  test('learns at once that nobody listens there, and so does who started it', async () => {
    const closed = await serve(createServer())
    await closed[Symbol.asyncDispose]()
    const outcome = await run(['exchange', '127.0.0.1:6443', 'x'], {
      forwards: [{ port: 6443, host: '127.0.0.1', to: closed.port }],
    })
    expect(told(outcome)).toMatch(/reset by peer/)
    expect(outcome).toMatchObject({
      unreachable: [
        { host: '127.0.0.1', port: closed.port, because: expect.stringContaining('connection refused') as string },
      ],
    })
  })

  test('fetches from an allowed host through the proxy that its environment names', async () => {
    await using plain = await serve(createHttpServer(app))
    await using secure = await serve(createTlsServer(createCertificate('test'), app))
    const [a, b] = [`http://app.localhost:${plain.port}/a`, `https://app.localhost:${secure.port}/b?c`]
    const proxy = { allow: [`app.localhost:${plain.port}`, `App.Localhost:${secure.port}`] }
    expect(told(await run(['fetch', a, b], { proxy }))).toEqual({
      [a]: `200 app.localhost:${plain.port} /a`,
      [b]: `200 app.localhost:${secure.port} /b?c`,
    })
    const { env } = told(await run(['tell'], { proxy })) as { env: readonly string[] }
    expect(env.map((line) => line.replace(/1:\d+$/, '1:PORT'))).toEqual([
      'HOME=/tmp',
      'HTTPS_PROXY=http://127.0.0.1:PORT',
      'HTTP_PROXY=http://127.0.0.1:PORT',
      'NO_PROXY=127.0.0.1,localhost,::1',
      'PATH=/bin',
      'TMPDIR=/tmp',
      'http_proxy=http://127.0.0.1:PORT',
      'https_proxy=http://127.0.0.1:PORT',
      'no_proxy=127.0.0.1,localhost,::1',
    ])
  })

  test('is refused every other host and port with the setting that would allow it, and its caller hears of it', async () => {
    await using server = await serve(createHttpServer(app))
    const { port } = server
    const other = `http://other.localhost:${port}/`
    const redirect = `http://app.localhost:${port}/to/elsewhere.localhost:${port}/`
    const outcome = await run(['fetch', other, redirect], {
      proxy: { allow: [`app.localhost:${port}`, 'other.localhost'], setting: 'SOME_SETTING' },
    })
    const text = (host: string) =>
      `403 plimsoll: ${host}:${port} is refused: no rule allows it. Try: let the operator allow it in SOME_SETTING`
    expect(told(outcome)).toEqual({ [other]: text('other.localhost'), [redirect]: text('elsewhere.localhost') })
    expect(outcome).toMatchObject({
      refused: [
        { host: 'other.localhost', port, because: 'no rule allows it' },
        { host: 'elsewhere.localhost', port, because: 'no rule allows it' },
      ],
    })
  })

  test('is refused an address that is not public, unless a rule names exactly that host', async () => {
    await using server = await serve(echo())
    const { port } = server
    const places = ['a.localhost', '127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '127.1', '2130706433', 'localhost']
    const outcome = await run(['ask', ...places.map((host) => `CONNECT ${host}:${port}`)], {
      proxy: { allow: [`*.localhost:${port}`, '*.1', `*.0.0.1:${port}`, '127.0.0.1'], setting: 'SOME_SETTING' },
    })
    for (const answer of Object.values(told(outcome) as object)) expect(answer).toMatch(/^403 .*SOME_SETTING$/)
    expect(outcome).toMatchObject({
      refused: expect.arrayContaining([
        {
          host: 'a.localhost',
          port,
          because: 'it resolves to 127.0.0.1, which is no public address, and no rule names it exactly',
        },
      ]) as unknown,
    })
  })

  test('gets nothing from the proxy that is no request to a proxy', async () => {
    const lines = ['GET /', 'GET file:///etc/passwd', 'GET https://a.example/', 'CONNECT a.example', 'CONNECT :80']
    const answers = told(await run(['ask', ...lines], { proxy: { allow: ['a.example'] } })) as Record<string, string>
    for (const line of lines) expect(answers[line]).toMatch(/^40[03] /)
  })

  test('is told which allowed host cannot be reached, and so is who started it', async () => {
    const closed = await serve(createServer())
    await closed[Symbol.asyncDispose]()
    const url = `http://app.localhost:${closed.port}/`
    const outcome = await run(['fetch', url], { proxy: { allow: [`app.localhost:${closed.port}`] } })
    expect(told(outcome)).toEqual({
      [url]: expect.stringMatching(/^502 plimsoll: app\.localhost:\d+ cannot be reached/) as string,
    })
    expect(outcome).toMatchObject({ unreachable: [{ host: 'app.localhost', port: closed.port }] })
  })

  test('reaches a server of this machine that a rule names with its port, as programs go around a proxy for those', async () => {
    await using server = await serve(createHttpServer(app))
    const { port } = server
    const urls = ['127.0.0.1', 'localhost', 'app.localhost', 'other.localhost'].map((host) => `http://${host}:${port}/`)
    const proxy = { allow: [`127.0.0.1:${port}`, `localhost:${port}`, `app.localhost:${port}`, '*.localhost:1'] }
    const answers = Object.values(told(await run(['get', ...urls], { proxy })) as Record<string, string>)
    expect(answers.slice(0, 3)).toEqual(['done', 'done', 'done'])
    expect(answers[3]).toMatch(/lookup other\.localhost/)
    expect(told(await run(['connect', `127.0.0.1:${port}`], { proxy: { allow: ['localhost'] } }))).toEqual({
      [`127.0.0.1:${port}`]: expect.stringContaining('connection refused') as string,
    })
  })

  test('has its connections closed with it, also when the process that started it is killed', async () => {
    await using server = await serve(createServer((socket) => void socket.resume()))
    const forwards = [{ port: 6443, host: '127.0.0.1', to: server.port }]
    await using elsewhere = runElsewhere(launcher, { ...probing(probe, ['hold', '127.0.0.1:6443']), forwards }, user)
    await until(() => server.sockets.size === 1, { what: 'the connection' })
    elsewhere.child.kill('SIGKILL')
    expect(await until(() => server.sockets.size === 0, { what: 'its end' })).toBe(true)
    const outcome = await run(['hold', '127.0.0.1:6443'], { forwards, limits: shortly })
    expect(outcome).toMatchObject({ reason: 'timeout' })
    expect(await until(() => server.sockets.size === 0, { what: 'its end' })).toBe(true)
  })

  test.each<readonly [string, Doors]>([
    ['a rule that is none', { proxy: { allow: ['https://a.example'] } }],
    ['a rule for all', { proxy: { allow: ['*'] } }],
    ['a forward to no port', { forwards: [{ port: 1, host: 'a.example', to: 0 }] }],
    ['a forward from no port', { forwards: [{ port: 0, host: 'a.example', to: 1 }] }],
    ['a forward to no host', { forwards: [{ port: 1, host: '', to: 1 }] }],
  ])('is not started with %s', async (_what, doors) => {
    expect(await run(['tell'], doors)).toMatchObject({ reason: 'failed' })
  })

  test('is not started with one port for two forwards', async () => {
    const forwards = [1, 2].map((to) => ({ port: 6443, host: 'a.example', to }))
    expect(await run(['tell'], { forwards })).toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining('port 6443 of loopback cannot be used: address already in use') as string,
    })
  })
})

// Only where the names of this machine can be other ones for a moment.
describe.skipIf(built === undefined || !isRoot)('a name that leads to an address that is not public', () => {
  async function get(url: string, allow: readonly string[], hosts: string): Promise<Outcome> {
    const script = fileURLToPath(new URL('../test/run-process.ts', import.meta.url))
    const asked = JSON.stringify({ launcher, run: { ...probing(probe, ['get', url]), proxy: { allow } }, files: [] })
    const renamed = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'
    const args = ['--mount', 'sh', '-c', renamed, 'sh', hosts, process.execPath, script, asked]
    return JSON.parse((await promisify(execFile)('unshare', args)).stdout) as Outcome
  }

  test('is refused where a rule for many allows it, and reached where a rule names it', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'plimsoll-hosts-'))
    const hosts = join(folder.path, 'hosts')
    writeFileSync(hosts, '169.254.169.254 meta.corp.example\n127.0.0.1 app.corp.example\n')
    await using server = await serve(createHttpServer(app))
    const { port } = server
    for (const [name, address] of [
      ['meta', '169.254.169.254'],
      ['app', '127.0.0.1'],
    ]) {
      const url = `http://${name}.corp.example:${port}/`
      expect(await get(url, [`*.corp.example:${port}`], hosts)).toMatchObject({
        refused: [
          {
            host: `${name}.corp.example`,
            because: `it resolves to ${address}, which is no public address, and no rule names it exactly`,
          },
        ],
      })
    }
    const url = `http://app.corp.example:${port}/`
    const reached = await get(url, [`app.corp.example:${port}`], hosts)
    expect(told(reached)).toEqual({ [url]: 'done' })
    expect(reached).not.toHaveProperty('refused')
  })
})

const shortly = { timeoutMs: 500, memoryBytes: 128 * 1024 ** 2, outputBytes: 1024, diskBytes: 1024 ** 2 }

test.skipIf(built === undefined)('which addresses are public, and what a rule allows, holds by its table', () => {
  const cwd = new URL('../../embedded/tools/sandbox', import.meta.url)
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false' }
  expect(execFileSync('go', ['test', '.'], { cwd, env }).toString()).toMatch(/^ok/)
})
