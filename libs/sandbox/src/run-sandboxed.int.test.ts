import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { homedir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { testTool, until } from '@plimsoll/harness'
import { afterAll, describe, expect, test } from 'vitest'
import { buildProbe } from '../test/probe.ts'
import { processesWith } from '../test/processes.ts'
import { runElsewhere } from '../test/run-elsewhere.ts'
import { hasGo, isRoot, probing as probingWith, told, users } from '../test/users.ts'
import type { SandboxLimits } from './index.ts'
import { openSandbox } from './open-sandbox.ts'

const mebi = 1024 ** 2
const nobody = 65534
const repository = fileURLToPath(new URL('../../..', import.meta.url))

const built = hasGo() ? buildProbe(await testTool('plimsoll-sandbox')) : undefined
const { launcher = '', probe = '' } = built ?? {}
const probing = (args: readonly string[], limits?: Partial<SandboxLimits>) => probingWith(probe, args, limits)
afterAll(() => built?.[Symbol.dispose]())

// Without Go there is no program that tries to get out; without root, no other user to run it as.
describe.skipIf(built === undefined).each(users)('a program started by %s', (_, user) => {
  async function run(args: readonly string[], limits?: Partial<SandboxLimits>, files?: [string, string][]) {
    await using elsewhere = runElsewhere(launcher, probing(args, limits), user, files)
    return await elsewhere.outcome()
  }

  test('has an environment, a host name, a folder and descriptors of its own, and no power', async () => {
    const about = told(await run(['tell', '--', '-x', "$(a) 'b'", 'c\nd']))
    expect(about).toEqual({
      args: ['--', '-x', "$(a) 'b'", 'c\nd'],
      env: ['HOME=/tmp', 'PATH=/bin', 'TMPDIR=/tmp'],
      host: 'sandbox',
      folder: '/work',
      pid: expect.any(Number) as number,
      user: isRoot && user === undefined ? nobody : 0,
      interfaces: [],
      open: [0, 1, 2],
      core: 0,
      capabilities: [0, 0, 0, 0, 0, 0],
      noNewPrivileges: 1,
    })
    expect((about as { pid: number }).pid).toBeLessThan(50)
  })

  test('sees no file but its program, four devices and what it was given', async () => {
    const given: [string, string][] = [
      ['a.yaml', 'a'],
      [`${'long-name/'.repeat(20)}b ü.yaml`, 'b'],
    ]
    await using elsewhere = runElsewhere(launcher, probing(['list']), user, given)
    const seen = told(await elsewhere.outcome())
    expect(seen).toEqual([
      '/bin/probe',
      '/dev/null',
      '/dev/random',
      '/dev/urandom',
      '/dev/zero',
      '/work/a.yaml',
      `/work/${'long-name/'.repeat(20)}b ü.yaml`,
    ])
    const paths = ['/etc/passwd', '/proc/self/environ', '/sys/kernel', homedir(), repository, `${repository}/README.md`]
    expect(new Set(Object.values(told(await run(['read', ...paths])) as object))).toEqual(
      new Set(paths.map((path) => `open ${path}: no such file or directory`)),
    )
  })

  test('writes to its folder and /tmp only, and no more than it may', async () => {
    expect(told(await run(['write', '/work/x', '/tmp/x', '/x', '/bin/x', '/dev/x', '/dev/null']))).toEqual({
      '/work/x': 'done',
      '/tmp/x': 'done',
      '/dev/null': 'done',
      '/x': 'open /x: read-only file system',
      '/bin/x': 'open /bin/x: read-only file system',
      '/dev/x': 'open /dev/x: read-only file system',
    })
    expect(told(await run(['fill'], { diskBytes: 2 * mebi }))).toMatch(/file too large|no space left/)
  })

  test('reaches nobody, not even a listener on loopback', async () => {
    const server = createServer()
    let reached = 0
    server.on('connection', () => (reached += 1))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const addresses = [`127.0.0.1:${port}`, `[::1]:${port}`, '169.254.169.254:80']
    const attempts = Object.values(told(await run(['connect', ...addresses])) as Record<string, string>)
    server.close()
    expect(attempts).toHaveLength(3)
    for (const attempt of attempts) expect(attempt).toMatch(/network is unreachable|cannot assign requested address/)
    expect(reached).toBe(0)
  })

  test('is refused what has let programs out before', async () => {
    const denied = 'operation not permitted'
    expect(told(await run(['calls']))).toEqual({
      unshare: denied,
      mount: denied,
      chroot: denied,
      vsock: denied,
      netlink: denied,
      packet: denied,
      name: denied,
      clone: `fork/exec /bin/probe: ${denied}`,
      local: '<nil>',
    })
  })

  test('tells its exit code and the signal that it died of', async () => {
    expect(await run(['exit', '3'])).toEqual({ stdout: '', stderr: 'on purpose\n', exitCode: 3 })
    expect(await run(['terminate'])).toMatchObject({ exitCode: 128 + 9 })
  })

  test('forks no further than it may, and all of it ends with the deadline', { timeout: 600_000 }, async () => {
    const mark = `mark-${process.pid}-${user}-fork`
    const outcome = await run(['fork', mark], { timeoutMs: 1_500, memoryBytes: 1024 * mebi })
    expect('reason' in outcome ? outcome.reason : outcome.stderr).toMatch(/timeout|failed/)
    expect(processesWith(mark)).toEqual([])
  })

  test('takes its children along, also those that left it', async () => {
    const marks = [`mark-${process.pid}-${user}-a`, `mark-${process.pid}-${user}-b`] as const
    expect(await run(['leave', marks[0], 'go'])).toMatchObject({ stdout: 'left\n', exitCode: 0 })
    expect(processesWith(marks[0])).toEqual([])
    expect(await run(['leave', marks[1], 'stay'], { timeoutMs: 500 })).toMatchObject({ reason: 'timeout' })
    expect(processesWith(marks[1])).toEqual([])
  })

  test('dies when the process that started it is killed', async () => {
    const mark = `mark-${process.pid}-${user}-c`
    await using elsewhere = runElsewhere(launcher, probing(['leave', mark, 'stay']), user)
    await until(() => processesWith(mark).length === 2, { what: 'the program and its child' })
    elsewhere.child.kill('SIGKILL')
    expect(await until(() => processesWith(mark).length === 0, { what: 'their end' })).toBe(true)
  })

  test('gets no more memory than it may, alone or in many processes', async () => {
    expect(await run(['hog', '1000'])).toMatchObject({
      reason: 'memory',
      message: expect.stringContaining('128 MiB') as string,
    })
    expect(await run(['hogs', '8', '30'])).toMatchObject({ reason: 'memory' })
    expect(await run(['no memory'])).toMatchObject({ reason: 'memory' })
  })

  test('writes no more than it may', async () => {
    expect(await run(['flood'])).toEqual({
      reason: 'output',
      message: 'probe wrote more than 1 MiB',
      try: 'simplify or split what it is given',
    })
  })

  test('is not started with files whose paths lead out of its folder, or that take too much', async () => {
    const paths = ['../x', '/etc/x', 'a/../../x', 'a/./b', 'a//b', '..', 'a\0b']
    for (const path of paths)
      expect({ path, ...(await run(['tell'], {}, [[path, 'x']])) }).toMatchObject({ path, reason: 'failed' })
    expect(
      await run(['tell'], {}, [
        ['a', 'x'],
        ['a/b', 'x'],
      ]),
    ).toMatchObject({ reason: 'failed' })
    const large = 'x'.repeat(60_000)
    expect(
      await run(['tell'], { diskBytes: 100_000 }, [
        ['a', large],
        ['b', large],
      ]),
    ).toMatchObject({
      reason: 'failed',
      message: 'probe: the files take more space than the sandbox may have',
    })
  })
})

describe('where no sandbox can be made', () => {
  const limits = { timeoutMs: 5_000, memoryBytes: mebi, outputBytes: 1024, diskBytes: mebi }
  const run = (path: string, programs: Readonly<Record<string, string>>) =>
    openSandbox({ launcher: path }).run({ command: 'probe', args: [], files: new Map(), programs, limits })

  test('a launcher that is not there is told', async () => {
    await expect(run('/nowhere/plimsoll-sandbox', { probe })).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining('/nowhere/plimsoll-sandbox') as string,
    })
  })

  test.skipIf(built === undefined)('a program that is not there, or that needs libraries, is told', async () => {
    await expect(run(launcher, { probe: '/nowhere/probe' })).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining('/nowhere/probe') as string,
    })
    await expect(run(launcher, { probe: '/bin/sh' })).rejects.toMatchObject({
      try: 'use a statically linked probe',
    })
  })

  test.skipIf(built === undefined || !isRoot)(
    'a system without user namespaces is told, with what to set',
    async () => {
      const sysctl = '/proc/sys/user/max_user_namespaces'
      // In namespaces of our own the setting is ours: the machine keeps its own.
      const script = `echo 0 > ${sysctl} && echo '{}' | ${launcher} $$ 3>&1`
      const output = execFileSync('unshare', [
        '--user',
        '--map-root-user',
        '--mount',
        '--pid',
        '--fork',
        '--mount-proc',
        'sh',
        '-c',
        script,
      ])
      expect(JSON.parse(output.toString())).toMatchObject({
        error: 'unavailable',
        try: 'set the sysctl user.max_user_namespaces to 10000 or more',
      })
    },
  )
})

test.skipIf(built === undefined)('a caller that loses interest ends it at once', async () => {
  const abort = new AbortController()
  const mark = `mark-${process.pid}-abort`
  const run = openSandbox({ launcher }).run({ ...probing(['sleep', mark]), files: new Map(), signal: abort.signal })
  await until(() => processesWith(mark).length === 1, { what: 'the program' })
  abort.abort(new Error('no interest'))
  await expect(run).rejects.toThrow('no interest')
  expect(processesWith(mark)).toEqual([])
})

test.skipIf(built === undefined)('the check of a machine runs a sandbox', async () => {
  await expect(openSandbox({ launcher }).check()).resolves.toBeUndefined()
})
