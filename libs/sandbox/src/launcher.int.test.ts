import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { testTool } from '@plimsoll/harness'
import { pack, type Header } from 'tar-stream'
import { describe, expect, test } from 'vitest'

type Entry = Partial<Header> & Pick<Header, 'name'>

const launcher = await testTool('plimsoll-sandbox')
const limits = { memory: 64 * 1024 ** 2, disk: 1024 ** 2, processes: 64, openFiles: 64 }
const sound = {
  command: 'self',
  args: ['--version'],
  env: {},
  programs: { self: launcher },
  network: 'none',
  proc: false,
  limits,
}

/** What the launcher reports for these bytes on its standard input. */
async function report(input: readonly (string | Uint8Array)[], parent = process.pid) {
  const child = spawn(launcher, [String(parent)], { env: {}, stdio: ['pipe', 'pipe', 'ignore', 'pipe'] })
  const [stdin, stdout, , status] = child.stdio as unknown as [Writable, Readable, null, Readable]
  stdin.on('error', () => {})
  for (const part of input) stdin.write(part)
  stdin.end()
  const [output, told] = await Promise.all([buffer(stdout), buffer(status), once(child, 'close')])
  return { output: output.toString(), ...(told.length > 0 && (JSON.parse(told.toString()) as object)) }
}

async function archive(...entries: readonly Entry[]): Promise<Buffer> {
  const packed = pack()
  for (const entry of entries) packed.entry(entry, entry.type === undefined ? 'x' : '')
  packed.finalize()
  return buffer(packed)
}

const line = (request: object) => `${JSON.stringify(request)}\n`

test('a sound request is carried out', async () => {
  const empty = await archive()
  expect(await report([line(sound), empty])).toMatchObject({
    output: expect.stringMatching(/^\d+\.\d+/) as string,
    code: 0,
  })
})

describe('an archive is refused that holds', () => {
  test.each<readonly [string, Entry]>([
    ['a symbolic link', { name: 'a', type: 'symlink', linkname: '/etc' }],
    ['a hard link', { name: 'a', type: 'link', linkname: '../../etc/passwd' }],
    ['a device', { name: 'a', type: 'character-device', devmajor: 1, devminor: 1 }],
    ['a pipe', { name: 'a', type: 'fifo' }],
    ['a folder above', { name: '../', type: 'directory' }],
  ])('%s', async (_what, entry) => {
    const told = await report([line(sound), await archive(entry)])
    expect(told).toMatchObject({ output: '', error: 'input' })
  })

  test('less than it announces', async () => {
    const whole = await archive({ name: 'a' })
    expect(await report([line(sound), whole.subarray(0, 512)])).toMatchObject({ output: '', error: 'input' })
    expect(await report([line(sound), Buffer.alloc(2048, 7)])).toMatchObject({ output: '', error: 'input' })
  })
})

test.each<readonly [string, string]>([
  ['no request', ''],
  ['what is no JSON', 'x\n'],
  ['an unknown field', line({ ...sound, privileged: true })],
  ['an unknown network', line({ ...sound, network: 'host' })],
  ['a command that is not given', line({ ...sound, command: 'sh' })],
  ['a name that is a path', line({ ...sound, command: '../x', programs: { '../x': launcher } })],
  ['a relative path', line({ ...sound, programs: { self: 'plimsoll-sandbox' } })],
  ['no limit', line({ ...sound, limits: { ...limits, memory: 0 } })],
  ['a line without end', 'x'.repeat(5 * 1024 ** 2)],
])('a request is refused that is %s', async (_what, request) => {
  expect(await report([request])).toMatchObject({ output: '', error: 'input' })
})

test('who is not the parent is not obeyed: the parent died before', async () => {
  expect(await report([line(sound), await archive()], 1)).toEqual({ output: '' })
})
