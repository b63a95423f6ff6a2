import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { inspect } from 'node:util'
import { createCertificate, gitHttpServer, tcpProxy } from '@plimsoll/harness'
import { afterAll, describe, expect, test } from 'vitest'
import { type Remote, remoteHead } from './index.ts'

const open = await gitHttpServer()
const guarded = await gitHttpServer({
  token: 'canary-token-7f3a',
  users: [{ username: 'deploy', password: 'canary/pass word?' }],
})
const repository = await open.createRepository('fleet')
const head = await repository.commit({ 'a.yaml': 'a: 1\n' }, 'First')
const secret = await guarded.createRepository('fleet')
const secretHead = await secret.commit({ 'a.yaml': 'a: 1\n' }, 'First')
afterAll(async () => {
  await open[Symbol.asyncDispose]()
  await guarded[Symbol.asyncDispose]()
})

const token = { type: 'token', token: 'canary-token-7f3a' } as const
const user = { type: 'userpass', username: 'deploy', password: 'canary/pass word?' } as const

/** A server that says what it is told to, and keeps the headers that it saw. */
async function scripted(listener: RequestListener) {
  const seen: { url: string; authorization: string | undefined }[] = []
  const server = createServer((request, response) => {
    seen.push({ url: request.url ?? '', authorization: request.headers.authorization })
    return listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    seen,
    port,
    url: `http://127.0.0.1:${port}/fleet.git`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** An HTTP proxy as companies have them: it asks for a password, tunnels https and passes http on. */
async function forwardProxy() {
  const seen: string[] = []
  let refusing = false
  const note = ({ method, url, headers }: IncomingMessage) => {
    const [, given = ''] = headers['proxy-authorization']?.split(' ') ?? []
    seen.push(`${method} ${url} ${Buffer.from(given, 'base64').toString()}`)
  }
  const proxy = createServer((incoming, response) => {
    note(incoming)
    const { host: _host, 'proxy-authorization': _password, ...headers } = incoming.headers
    const outgoing = request(incoming.url ?? '', { method: incoming.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(outgoing)
  })
  proxy.on('connect', (incoming, socket) => {
    note(incoming)
    if (refusing) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const target = connect(Number(incoming.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      target.pipe(socket).pipe(target)
    })
    target.on('error', () => socket.destroy())
    socket.on('error', () => target.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    seen,
    url: `http://me:canary-proxy@127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    refuse: () => (refusing = true),
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections()
      proxy.close()
    },
  }
}

const failureOf = (remote: Remote, options?: Parameters<typeof remoteHead>[1]) =>
  remoteHead(remote, options).then(
    () => expect.unreachable('the head was read'),
    (error: unknown) => error,
  )

describe('the head of a branch over HTTP', () => {
  test('is read by one ls-refs', async () => {
    open.requests.length = 0
    expect(await remoteHead({ url: open.url('fleet'), branch: 'main' })).toEqual({ commit: head })
    expect(open.requests).toEqual([
      { method: 'GET', path: '/fleet.git/info/refs?service=git-upload-pack', status: 200 },
      { method: 'POST', path: '/fleet.git/git-upload-pack', status: 200 },
    ])
  })

  test.each([
    ['a token', token, ''],
    ['a token for a user', { ...token, username: 'oauth2' }, ''],
    ['a token and a user in the URL', token, 'somebody@'],
    ['a user and a password', user, ''],
  ])('is read with %s, and nobody is asked twice', async (_name, credentials, prefix) => {
    guarded.requests.length = 0
    const url = guarded.url('fleet').replace('://', `://${prefix}`)
    expect(await remoteHead({ url, branch: 'main', credentials })).toEqual({ commit: secretHead })
    expect(guarded.requests.map(({ status }) => status)).toEqual([200, 200])
  })

  test('moves with a commit, a rewrite and a deletion', async () => {
    const moving = await open.createRepository('moving')
    const remote = { url: open.url('moving'), branch: 'main' }
    await expect(remoteHead(remote)).rejects.toMatchObject({ kind: 'branch-missing' })
    const first = await moving.commit({ a: '1' }, 'First')
    expect(await remoteHead(remote)).toEqual({ commit: first })
    const second = await moving.commit({ a: '2' }, 'Second')
    expect(await remoteHead(remote)).toEqual({ commit: second })
    await moving.git('update-ref', 'refs/heads/main', first)
    expect(await remoteHead(remote)).toEqual({ commit: first })
    await moving.git('update-ref', '-d', 'refs/heads/main')
    await expect(remoteHead(remote)).rejects.toMatchObject({ kind: 'branch-missing', retryable: false })
  })

  test('of a repository with other object ids is refused in so many words', async () => {
    const modern = await open.createRepository('modern')
    await rm(modern.path, { recursive: true })
    execFileSync('git', ['init', '-q', '--bare', '--object-format=sha256', '-b', 'main', modern.path])
    await modern.commit({ a: '1' }, 'First')
    await expect(remoteHead({ url: open.url('modern'), branch: 'main' })).rejects.toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('SHA-256'),
    })
  })

  test('is not taken from a branch whose name only begins like it', async () => {
    const branches = await open.createRepository('branches')
    const commit = await branches.commit({ a: '1' }, 'First')
    await branches.git('branch', 'main-2', commit)
    await branches.git('branch', 'feature/x', commit)
    expect(await remoteHead({ url: open.url('branches'), branch: 'feature/x' })).toEqual({ commit })
    await expect(remoteHead({ url: open.url('branches'), branch: 'mai' })).rejects.toMatchObject({
      kind: 'branch-missing',
    })
    await expect(remoteHead({ url: open.url('branches'), branch: 'feature' })).rejects.toMatchObject({
      kind: 'branch-missing',
    })
  })
})

describe('over HTTPS', async () => {
  const name = 'Plimsoll test CA'
  const ca = createCertificate(name)
  const issuer = { ...ca, name }
  const server = await gitHttpServer({ tls: createCertificate('server', { issuer }) })
  const commit = await (await server.createRepository('fleet')).commit({ a: '1' }, 'First')
  const url = server.url('fleet')
  afterAll(() => server[Symbol.asyncDispose]())

  test('the head is read with the CA of the remote', async () => {
    expect(await remoteHead({ url, branch: 'main', ca: ca.cert })).toEqual({ commit })
  })

  test('an unknown CA, another CA and an expired certificate are refused', async () => {
    await expect(remoteHead({ url, branch: 'main' })).rejects.toMatchObject({ kind: 'tls', retryable: false })
    const other = createCertificate('other CA').cert
    await expect(remoteHead({ url, branch: 'main', ca: other })).rejects.toMatchObject({ kind: 'tls' })
    const tls = createCertificate('server', { issuer, notAfter: new Date(Date.now() - 60_000) })
    await using expired = await gitHttpServer({ tls })
    await expect(remoteHead({ url: expired.url('fleet'), branch: 'main', ca: ca.cert })).rejects.toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('CERT_HAS_EXPIRED'),
    })
  })

  test('the head is read through a proxy, which learns its own password and not the token', async () => {
    await using proxy = await forwardProxy()
    const remote = { branch: 'main', ca: ca.cert, credentials: token, proxy: proxy.url }
    expect(await remoteHead({ ...remote, url })).toEqual({ commit })
    expect(proxy.seen).toEqual([`CONNECT 127.0.0.1:${server.port} me:canary-proxy`])
    expect(await remoteHead({ ...remote, url: guarded.url('fleet') })).toEqual({ commit: secretHead })
    proxy.refuse()
    const failure = await failureOf({ ...remote, url })
    expect(failure).toMatchObject({ kind: 'unreachable' })
    expect(inspect(failure, { depth: 9 })).not.toContain('canary')
  })
})

describe('what goes wrong is told apart', () => {
  test.each([
    ['no credentials', {}, 'auth-refused', false],
    ['a wrong token', { credentials: { type: 'token', token: 'canary-wrong' } }, 'auth-refused', false],
    ['a repository that is not there', { credentials: token, url: guarded.url('nothing') }, 'not-found', false],
    ['a port where nobody listens', { url: 'http://127.0.0.1:1/fleet.git' }, 'unreachable', true],
    ['a name that nobody has', { url: 'http://nowhere.invalid/fleet.git' }, 'unreachable', true],
  ] as const)('%s', async (_name, overrides, kind, retryable) => {
    const remote: Remote = { url: guarded.url('fleet'), branch: 'main', ...overrides }
    await expect(remoteHead(remote)).rejects.toMatchObject({ name: 'SourceError', kind, retryable })
  })

  test.each([
    [429, { 'retry-after': '7' }, { kind: 'throttled', retryAfterMs: 7000, retryable: true }],
    [429, {}, { kind: 'throttled', retryAfterMs: 60_000 }],
    [503, { 'retry-after': '1' }, { kind: 'throttled', retryAfterMs: 1000 }],
    [403, { 'retry-after': '5' }, { kind: 'throttled', retryAfterMs: 5000 }],
    [502, {}, { kind: 'unreachable', retryable: true }],
    [403, {}, { kind: 'auth-refused' }],
    [200, { 'content-type': 'text/html' }, { kind: 'protocol' }],
    [418, {}, { kind: 'protocol' }],
  ])('an answer of %i with %j', async (status, headers, expected) => {
    await using server = await scripted((_request, response) => response.writeHead(status, headers).end('<html>'))
    expect(await failureOf({ url: server.url, branch: 'main' })).toMatchObject(expected)
    expect(server.seen.length).toBe(1)
  })

  test.each([
    ['Repository not found.', 'not-found'],
    ['access denied', 'auth-refused'],
    ['out of memory', 'unreachable'],
  ])("a server that says in Git's own words: %s", async (words, kind) => {
    await using server = await scripted((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
      response.end(`${(words.length + 8).toString(16).padStart(4, '0')}ERR ${words}`)
    })
    expect(await failureOf({ url: server.url, branch: 'main' })).toMatchObject({ kind })
  })

  test('a server that stopped and came back', async () => {
    const remote = { url: open.url('fleet'), branch: 'main' }
    await open.stop()
    await expect(remoteHead(remote)).rejects.toMatchObject({ kind: 'unreachable', retryable: true })
    await open.start()
    expect(await remoteHead(remote)).toEqual({ commit: head })
  })

  test('a server that lets us in and never answers', async () => {
    open.pause()
    const failure = await failureOf({ url: open.url('fleet'), branch: 'main' }, { timeoutMs: 200 })
    open.resume()
    expect(failure).toMatchObject({ kind: 'timeout', retryable: true })
  })

  test('a server that sends a byte now and then', async () => {
    await using server = await scripted((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
      const drip = setInterval(() => response.write('0'), 20)
      response.on('close', () => clearInterval(drip))
    })
    expect(await failureOf({ url: server.url, branch: 'main' }, { timeoutMs: 300 })).toMatchObject({ kind: 'timeout' })
  })

  test('a list of refs without end', async () => {
    await using server = await scripted((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
      const oid = '0'.repeat(39) + '1'
      response.write(`001e# service=git-upload-pack\n0000003c${oid} HEAD\0thin-pack\n`)
      const chunk = `003d${oid} refs/heads/some\n`.repeat(20_000)
      const push = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', push)
      }
      push()
    })
    expect(await failureOf({ url: server.url, branch: 'main' })).toMatchObject({ kind: 'too-large' })
  })

  test('a connection that is cut in the middle of the answer', async () => {
    await using proxy = await tcpProxy({ host: '127.0.0.1', port: open.port })
    const remote = { url: `http://127.0.0.1:${proxy.port}/fleet.git`, branch: 'main' }
    expect(await remoteHead(remote)).toEqual({ commit: head })
    await using server = await scripted((_request, response) => {
      response.writeHead(200, {
        'content-type': 'application/x-git-upload-pack-advertisement',
        'content-length': '1000',
      })
      response.write('001e# service=git-upload-pack\n0000', () => response.destroy())
    })
    expect(await failureOf({ url: server.url, branch: 'main' })).toMatchObject({ kind: 'unreachable' })
  })

  test('a caller who gives up', async () => {
    open.pause()
    const controller = new AbortController()
    const failure = failureOf({ url: open.url('fleet'), branch: 'main' }, { signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await failure).toBe(reason)
    open.resume()
  })
})

describe('a redirect', () => {
  const refs = '/info/refs?service=git-upload-pack'

  test('within the origin is followed, and the second request goes there too', async () => {
    await using server = await scripted((request, response) => {
      if (request.url?.startsWith('/old.git')) response.writeHead(301, { location: `/fleet.git${refs}` }).end()
      else response.writeHead(404).end()
    })
    const remote = { url: `http://127.0.0.1:${server.port}/old.git`, branch: 'main', credentials: token }
    expect(await failureOf(remote)).toMatchObject({ kind: 'not-found' })
    expect(server.seen.map(({ url }) => url)).toEqual([`/old.git${refs}`, `/fleet.git${refs}`])
  })

  test.each(['http://127.0.0.2', 'http://localhost', 'https://127.0.0.1'])(
    'to %s on another port is refused, and nothing is sent there',
    async (origin) => {
      await using thief = await scripted((_request, response) => response.end())
      await using server = await scripted((_request, response) =>
        response.writeHead(302, { location: `${origin}:${thief.port}/fleet.git${refs}` }).end(),
      )
      const failure = await failureOf({ url: server.url, branch: 'main', credentials: token })
      expect(failure).toMatchObject({ kind: 'protocol', retryable: false })
      expect(thief.seen).toEqual([])
    },
  )

  test('in a circle ends', async () => {
    await using server = await scripted((request, response) => response.writeHead(302, { location: request.url }).end())
    expect(await failureOf({ url: server.url, branch: 'main' })).toMatchObject({ kind: 'protocol' })
    expect(server.seen.length).toBeLessThan(10)
  })

  test('to a page for people is no repository', async () => {
    await using server = await scripted((request, response) => {
      if (request.url?.includes('login')) response.end('<html>')
      else response.writeHead(302, { location: '/login' }).end()
    })
    expect(await failureOf({ url: server.url, branch: 'main' })).toMatchObject({ kind: 'protocol' })
  })
})

test('no error holds a credential, even when the server throws it back', async () => {
  for (const credentials of [token, user]) {
    await using server = await scripted((request, response) => {
      const given = request.headers.authorization ?? ''
      const plain = Buffer.from(given.replace('Basic ', ''), 'base64').toString()
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
      const line = `ERR ${given} ${plain} ${encodeURIComponent(plain)}`
      response.end(`${(line.length + 4).toString(16).padStart(4, '0')}${line}`)
    })
    const failure = await failureOf({ url: server.url, branch: 'main', credentials })
    const shown = `${inspect(failure, { depth: 9, showHidden: true })} ${JSON.stringify(failure)}`
    expect(shown).toContain('***')
    expect(shown).not.toMatch(/canary/)
    expect(shown).not.toContain(Buffer.from('canary').toString('base64').slice(0, 7))
  }
})
