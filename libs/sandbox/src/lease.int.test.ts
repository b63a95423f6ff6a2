import { testTool, until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { processesWith } from '../test/processes.ts'
import { runElsewhere } from '../test/run-elsewhere.ts'
import { runSandboxed, systemFolders, type SandboxedRun } from './index.ts'

const mebi = 1024 ** 2
const limits = { timeoutMs: 300_000, memoryBytes: 256 * mebi, outputBytes: mebi, diskBytes: mebi }
const shell = (script: string): SandboxedRun => ({
  command: '/bin/sh',
  args: ['-c', script],
  files: new Map(),
  programs: {},
  readOnly: systemFolders(),
  limits,
})
const launcher = await testTool('plimsoll-sandbox')
const fromNow = (ms: number) => new Date(Date.now() + ms)

test('all of it ends with its lease, though who started it stands still', { timeout: 600_000 }, async () => {
  const mark = `600.0${process.pid}`
  const { files: _, ...run } = shell(`setsid sleep ${mark} & sleep ${mark}`)
  await using elsewhere = runElsewhere(launcher, run, undefined, [], 10_000)
  const count = (least: number) => async () => processesWith(mark).length === least
  await until(count(2), { what: 'it runs', timeoutMs: 60_000 })
  elsewhere.child.kill('SIGSTOP')
  await until(count(0), { what: 'all of it is over', timeoutMs: 60_000 })
  elsewhere.child.kill('SIGCONT')
  expect(await elsewhere.outcome()).toMatchObject({ reason: 'lapsed' })
})

test('a lease that moves on lets it run on', { timeout: 600_000 }, async () => {
  const until = fromNow(8_000)
  let asked = 0
  const heldUntil = () => (++asked === 1 ? until : fromNow(300_000))
  const { stdout } = await runSandboxed(launcher, { ...shell('sleep 9; echo over'), heldUntil })
  expect([Buffer.from(stdout).toString(), Date.now() > until.getTime()]).toEqual(['over\n', true])
})

test('a lease that is over lets nothing begin, and one that ends says so', async () => {
  const begun: string[] = []
  const run = { ...shell('echo begun; sleep 600'), onOutput: (piece: Uint8Array) => void begun.push(String(piece)) }
  const past = new Date(0)
  await expect(runSandboxed(launcher, { ...run, heldUntil: () => past })).rejects.toMatchObject({ reason: 'lapsed' })
  expect(begun).toEqual([])
  const soon = fromNow(1_500)
  await expect(runSandboxed(launcher, { ...run, heldUntil: () => soon })).rejects.toMatchObject({ reason: 'lapsed' })
})
