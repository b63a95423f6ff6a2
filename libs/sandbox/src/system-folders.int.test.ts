import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { testTool, until } from '@plimsoll/harness'
import { afterAll, describe, expect, test } from 'vitest'
import { buildProbe } from '../test/probe.ts'
import { runElsewhere } from '../test/run-elsewhere.ts'
import { hasGo, probing, told, users } from '../test/users.ts'
import { openSandbox, type SandboxedRun, systemFolders } from './index.ts'

const built = hasGo() ? buildProbe(await testTool('plimsoll-sandbox')) : undefined
const { launcher = '', probe = '', folder = '' } = built ?? {}
afterAll(() => built?.[Symbol.dispose]())

function shell(script: string): Omit<SandboxedRun, 'files' | 'signal'> {
  return {
    ...probing(probe, ['-c', script]),
    command: '/bin/sh',
    readOnly: systemFolders(),
    proc: true,
  }
}

describe.skipIf(built === undefined).each(users)('a shell started by %s', (_, user) => {
  async function run(request: Omit<SandboxedRun, 'files' | 'signal'>, files?: [string, string][]) {
    await using elsewhere = runElsewhere(launcher, request, user, files)
    return await elsewhere.outcome()
  }

  test('finds the programs of this machine, those that were named, a home and its files', async () => {
    const script = `set -e
      cat given.txt; echo kept > "$HOME/x"; cat ~/x; cp given.txt copy.txt; ls /work | sort | tr '\\n' ' '
      mkdir "$TMPDIR/y"; echo "$EXTRA"; command -v probe; probe exit 3 2>/dev/null || echo "code $?"; cat <(echo) 2>/dev/null || true
      id -un | wc -l; ls /etc/ssl/certs >/dev/null; echo done`
    const request = { ...shell(script.replace('cat <(echo) 2>/dev/null || true', '')), env: { EXTRA: 'extra' } }
    expect(await run(request, [['given.txt', 'given\n']])).toEqual({
      stdout: 'given\nkept\ncopy.txt given.txt extra\n/programs/probe\ncode 3\n1\ndone\n',
      stderr: '',
      exitCode: 0,
    })
  })

  test('writes to none of the folders, sees no others, and gains nothing from a program of root', async () => {
    const script = `for path in /usr/x /usr/bin/x /etc/x /programs/x /x; do (: > $path) 2>/dev/null && echo "wrote $path"; done
      for path in /root /home /var /run /etc/shadow /etc/ssl/private /sys/kernel ${folder}; do [ -e $path ] && echo "saw $path"; done
      touch -c /usr/bin/env 2>/dev/null && echo touched
      grep -E '^(Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs)' /proc/self/status | tr -d '\\t\\n'`
    expect(await run(shell(script))).toMatchObject({
      stdout:
        'CapPrm:0000000000000000CapEff:0000000000000000CapBnd:0000000000000000CapAmb:0000000000000000NoNewPrivs:1',
    })
  })

  test('opens its own output by name, and all is heard that was written before the end', async () => {
    const script = `echo one >/dev/stdout; echo two >/dev/stderr; cat <<END | cat - /dev/fd/3 3</etc/hosts
three
END
    head -c 200000 /dev/zero | tr '\\0' x; sleep 600 &`
    const outcome = await run(shell(script))
    expect(outcome).toEqual({
      stdout: `one\nthree\n127.0.0.1 localhost\n${'x'.repeat(200_000)}`,
      stderr: 'two\n',
      exitCode: 0,
    })
  })

  test('reaches no socket that lies in a folder that it is shown', async () => {
    // Below /tmp nothing can be shown: the sandbox has one of its own.
    const shown = mkdtempSync('/var/tmp/plimsoll-shown-')
    const [file, path] = [join(shown, 'a.txt'), join(shown, 'socket')]
    writeFileSync(file, 'a')
    const server = createServer()
    let reached = 0
    server.on('connection', () => (reached += 1))
    server.listen(path)
    await once(server, 'listening')
    for (const each of [shown, path]) chmodSync(each, 0o777)
    const trying = (args: readonly string[]) => run({ ...probing(probe, args), readOnly: [shown] })
    const denied = 'operation not permitted'
    expect(told(await trying(['read', file]))).toEqual({ [file]: 'done' })
    expect(told(await trying(['write', file]))).toEqual({ [file]: `open ${file}: read-only file system` })
    expect(told(await trying(['local', path]))).toEqual({ [path]: expect.stringContaining(denied) as string })
    expect(told(await trying(['pairs']))).toEqual({ stream: '<nil>', packet: '<nil>', datagram: denied, raw: denied })
    expect(told(await trying(['calls']))).toMatchObject({ local: denied, mount: denied, vsock: denied })
    server.close()
    rmSync(shown, { recursive: true })
    expect(reached).toBe(0)
  })

  test('is not started where a folder is missing, a path is no plain one, or the command lies elsewhere', async () => {
    const request = shell('true')
    expect(await run({ ...request, readOnly: ['/nowhere'], command: 'probe' })).toMatchObject({
      reason: 'unavailable',
      message: 'probe: /nowhere cannot be shown to the program: no such file or directory',
    })
    for (const path of ['/', 'usr', '/usr/..', '/usr/', '/proc', '/dev/shm', '/tmp/x', '/work'])
      expect({ path, ...(await run({ ...request, command: 'probe', readOnly: [path] })) }).toMatchObject({
        path,
        reason: 'failed',
      })
    expect(await run({ ...request, command: '/etc/passwd' })).toMatchObject({ reason: 'failed' })
    expect(await run({ ...request, command: '/usr/../root/x' })).toMatchObject({ reason: 'failed' })
    expect(await run({ ...request, command: '/usr/bin/not-there' })).toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining('/usr/bin/not-there is not on this machine') as string,
    })
  })

  test('is ended with all that it left behind', async () => {
    expect(
      await run({ ...shell('sleep 600 & sleep 600'), limits: { ...shell('').limits, timeoutMs: 500 } }),
    ).toMatchObject({
      reason: 'timeout',
    })
  })
})

describe.skipIf(built === undefined)('what is written', () => {
  const sandbox = openSandbox({ launcher })

  test('is heard while the program runs', async () => {
    const abort = new AbortController()
    const heard: string[] = []
    const run = sandbox.run({
      ...shell('echo first; echo second >&2; sleep 600'),
      files: new Map(),
      signal: abort.signal,
      onOutput: (piece, stream) => heard.push(`${stream} ${Buffer.from(piece).toString()}`),
    })
    await until(() => heard.length === 2, { what: 'both lines' })
    abort.abort(new Error('heard enough'))
    await expect(run).rejects.toThrow('heard enough')
    expect(heard.toSorted()).toEqual(['stderr second\n', 'stdout first\n'])
  })

  test('is kept from its end where it is more than is kept, and the program goes on', async () => {
    const request = {
      ...shell('i=0; while [ $i -lt 9999 ]; do i=$((i+1)); echo $i; done; echo end >&2'),
      files: new Map(),
    }
    const limits = { ...request.limits, outputBytes: 12 }
    const { stdout, stderr, exitCode, droppedBytes } = await sandbox.run({
      ...request,
      limits,
      onMuchOutput: 'keep-tail',
    })
    expect(Buffer.from(stdout).toString()).toBe('8\n9999\n'.padStart(12, '7\n999'))
    expect(Buffer.from(stderr).toString()).toBe('end\n')
    expect({ exitCode, droppedBytes }).toEqual({ exitCode: 0, droppedBytes: 48_876 })
    await expect(sandbox.run({ ...request, limits })).rejects.toMatchObject({ reason: 'output' })
  })
})

describe.skipIf(built === undefined).each(users)('what a program of %s makes', (_, user) => {
  async function run(script: string, collect: readonly string[]) {
    await using elsewhere = runElsewhere(launcher, { ...shell(script), collect }, user)
    return await elsewhere.outcome()
  }

  test('comes out with it: plain files of the folders that were named, and nothing else', async () => {
    const script = `umask 077; mkdir -p out/deep other; echo a > out/a.txt; head -c 100000 /dev/zero > out/deep/b; echo c > other/c
      ln -s /etc/passwd out/link; mkfifo out/pipe; echo told; (sleep 1; echo late > out/late) &`
    const outcome = await run(script, ['out', 'none'])
    expect(outcome).toMatchObject({ stdout: '', stderr: 'told\n', exitCode: 0 })
    const files = 'files' in outcome ? outcome.files : {}
    expect(files).toEqual({ 'out/a.txt': 'a\n', 'out/deep/b': '\0'.repeat(100_000) })
  })

  test('stays there when it fails, and where the folder is none of its own', async () => {
    expect(await run('mkdir out; echo a > out/a; exit 3', ['out'])).toEqual({ stdout: '', stderr: '', exitCode: 3 })
    for (const folder of ['..', '/etc', 'a/../..', ''])
      expect(await run('true', [folder])).toMatchObject({ reason: 'failed' })
  })
})
