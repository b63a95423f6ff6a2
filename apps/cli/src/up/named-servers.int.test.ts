import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase, natsServer, testEnvironment } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { partPids } from '../../test/parts.ts'
import { plimsoll } from '../../test/plimsoll.ts'
import { runToEnd, startCommand, toolEnvironment } from '../../test/start-command.ts'

const kubeconfig = testEnvironment('PLIMSOLL_TEST_KUBECONFIG')
const canary = 'canary-5f3a'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'plimsoll up-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

const up = (dir: string, ...args: readonly string[]) => runToEnd(['up', '--dir', dir, ...args], { cwd: home })

test("the user's own servers are used, and none is started", { timeout: 600_000 }, async () => {
  await using database = await freshDatabase()
  await using nats = await natsServer()
  const named = ['--postgres', database.url, '--nats', nats.url, '--kubeconfig', kubeconfig]
  await using started = startCommand(['up', ...named], { cwd: home })
  await started.says(/ {2}stop +Ctrl-C/)
  expect(partPids(join(home, '.plimsoll'))).toEqual({})
  expect(started.output()).not.toContain(new URL(database.url).password)
  const doctor = await plimsoll(['doctor'], { cwd: home, env: toolEnvironment() })
  expect(doctor).toMatchObject({ code: 0, out: expect.stringMatching(/^ok {4}cluster +https:/m) as string })
  // Files of the server's own disk are for those who own all of it.
  const remote = ['repo', 'add', 'file:///srv/shop.git', '--id', 'shop']
  expect((await plimsoll(remote, { cwd: home, env: toolEnvironment() })).code).toBe(1)
})

test('a NATS server that carries another log is told of', { timeout: 600_000 }, async () => {
  await using one = await freshDatabase()
  await using other = await freshDatabase()
  await using nats = await natsServer()
  const named = (postgres: string) => ['up', '--postgres', postgres, '--nats', nats.url, '--kubeconfig', kubeconfig]
  {
    await using first = startCommand(named(one.url), { cwd: home })
    await first.says(/ {2}stop +Ctrl-C/)
    await plimsoll(['auto-sync', 'start'], { cwd: home, env: toolEnvironment() })
    await plimsoll(['events', '--limit', '1', '--follow'], { cwd: home, env: toolEnvironment() })
  }
  await using second = startCommand(named(other.url), { cwd: home })
  await second.says(/^ {2}nothing is published to NATS: its stream holds events of another log/m)
  expect(await second.stop('SIGTERM')).toBe(0)
})

test('all that is named wrong is told at once, without a password, and nothing is left running', async () => {
  await using taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { readonly port: number }
  const servers = ['--postgres', `postgres://me:${canary}@127.0.0.1:1/log`, '--nats', `nats://me:${canary}@127.0.0.1:1`]
  const others = ['--kubeconfig', join(home, 'no-such-file'), '--port', String(port)]
  const started = await up('wrong', ...servers, ...others)
  expect(started.code).toBe(1)
  const whats = ['Postgres', 'NATS', 'The cluster', 'The port of the api'].map(
    (what) => `error: ${what} cannot be used\n`,
  )
  for (const what of whats) expect(started.output).toContain(what)
  expect(started.output.match(/^ {2}(where|because|try): +\S/gm)).toHaveLength(3 * whats.length)
  expect(started.output).not.toContain(canary)
  expect(partPids(join(home, 'wrong'))).toEqual({})
})

test.each([
  [['--postgres', 'not a url'], 'it is no postgres:// URL'],
  [['--nats', 'http://127.0.0.1'], 'expected nats:// or tls://'],
  [['--kubeconfig', kubeconfig, '--context', 'no-such'], 'has no contexts entry no-such'],
] as const)('%j is refused before anything starts', async (args, because) => {
  const { code, output } = await up('refused', ...args)
  expect(code).toBe(1)
  expect(output).toContain(because)
})

test('who the cluster does not know is refused', async () => {
  const stranger = join(home, 'stranger.kubeconfig')
  const text = await readFile(kubeconfig, 'utf8')
  await writeFile(stranger, text.replaceAll(/"?token"?: *"?[\w.-]+"?/g, `"token": "${canary}"`))
  const { code, output } = await up('stranger', '--kubeconfig', stranger)
  expect(code).toBe(1)
  expect(output).toContain('error: The cluster cannot be used\n')
  expect(output).not.toContain(canary)
})

test('a context without a kubeconfig is not understood', async () => {
  expect(await up('context', '--context', 'staging')).toMatchObject({
    code: 2,
    output: expect.stringContaining('--kubeconfig FILE') as string,
  })
})

test('the help shows no password of the environment', async () => {
  const env = { PLIMSOLL_POSTGRES_URL: `postgres://me:${canary}@127.0.0.1/log` }
  const { code, output } = await runToEnd(['up', '--help'], { cwd: home, env })
  expect(code).toBe(0)
  expect(output).toContain('PLIMSOLL_POSTGRES_URL')
  expect(output).not.toContain(canary)
})

test('without the programs and without Go, one error names every way out', async () => {
  const env = { PATH: '/nowhere', HOME: home, XDG_CACHE_HOME: join(home, 'empty') }
  const started = await runToEnd(['up', '--dir', 'bare'], { cwd: home, env })
  expect(started.code).toBe(1)
  expect(started.output.match(/^error: /gm)).toHaveLength(1)
  const ways = ['install Go 1.', 'put them on PATH', 'KUBEBUILDER_ASSETS', '--nats URL', '--kubeconfig FILE']
  for (const way of ways) expect(started.output).toContain(way)
})

test('a folder that others may enter is closed to them', async () => {
  const open = join(home, 'open')
  await mkdir(open)
  await chmod(open, 0o777)
  await up('open', '--postgres', 'not a url')
  expect((await stat(open)).mode & 0o777).toBe(0o700)
})

test.runIf(process.getuid?.() === 0)('the folder of another user is left alone', async () => {
  const foreign = join(home, 'foreign')
  await mkdir(foreign, { mode: 0o755 })
  expect(spawnSync('chown', ['65534', foreign]).status).toBe(0)
  const { code, output } = await up('foreign')
  expect(output).toContain('error: The state folder belongs to another user\n')
  expect(code).toBe(1)
  expect((await stat(foreign)).mode & 0o777).toBe(0o755)
})
