import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createGitRepository, processStart } from '@plimsoll/embedded'
import { until, type GitRepository } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listeningAddresses, partPids } from '../../test/parts.ts'
import { plimsoll } from '../../test/plimsoll.ts'
import { startCommand, toolEnvironment, type StartedCommand } from '../../test/start-command.ts'

// The space is on purpose: folders of users hold them.
let home: string
let folder: string
let up: StartedCommand
let git: GitRepository

const isUp = / {2}stop +Ctrl-C/
const run = (...args: readonly string[]) => plimsoll(args, { cwd: home, env: toolEnvironment() })

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'plimsoll up-'))
  folder = join(home, '.plimsoll')
  git = await createGitRepository(join(home, 'shop.git'))
  up = startCommand(['up'], { cwd: home })
  await up.says(isUp)
}, 600_000)

afterAll(async () => {
  await up[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

async function shown(): Promise<{ readonly status: string; readonly revision: string }> {
  return JSON.parse((await run('status', 'shop', '-o', 'json')).out) as Awaited<ReturnType<typeof shown>>
}

/** Commits a ConfigMap and waits until the workflow is synced at that commit. */
async function untilApplied(greeting: string): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { greeting } }
  const revision = await git.commit({ 'k8s/settings.yaml': JSON.stringify(object) }, greeting)
  const isSynced = async () => {
    const status = await shown()
    return status.status === 'synced' && status.revision === revision
  }
  await until(isSynced, { what: `${greeting} is applied`, timeoutMs: 280_000, intervalMs: 200 })
}

async function crash(name: string): Promise<void> {
  const from = up.output().length
  const pid = partPids(folder)[name]
  if (pid === undefined) throw new Error(`${name} does not run`)
  process.kill(pid, 'SIGKILL')
  await up.says(new RegExp(`^ {2}${name} ended by itself \\(SIGKILL\\); it starts again in 0.2 s$`, 'm'), from)
  await up.says(new RegExp(`^ {2}${name} runs again \\(process \\d+\\)$`, 'm'), from)
}

const isGone = (pid: number) => processStart(pid) === undefined
const untilGone = (pids: readonly number[]) => until(() => pids.every(isGone), { what: 'every child is gone' })

test('the state belongs to this user alone', async () => {
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  const names = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'nats-server', 'postgres']
  expect(Object.keys(partPids(folder)).toSorted()).toEqual(names)
})

test.runIf(process.platform === 'linux')('nothing listens outside loopback', () => {
  const pids = [up.pid, ...Object.values(partPids(folder))]
  const addresses = pids.flatMap(listeningAddresses)
  expect(addresses.length).toBeGreaterThanOrEqual(4)
  expect(new Set(addresses)).toEqual(new Set(['0100007F']))
})

test('a commit is applied, and doctor finds every part well', { timeout: 600_000 }, async () => {
  await run('auto-sync', 'start')
  const url = pathToFileURL(git.path).href
  expect(await run('repo', 'add', url, '--id', 'shop', '--poll-interval', '1s')).toMatchObject({ code: 0 })
  const create = ['workflow', 'create', '--id', 'shop', '--repo', 'shop', '--path', 'k8s', '--auto-sync']
  expect(await run(...create)).toMatchObject({ code: 0 })
  await untilApplied('hello')

  const doctor = await run('doctor', '-o', 'json')
  const checks = JSON.parse(doctor.out) as readonly { readonly name: string; readonly state: string }[]
  const named = Object.fromEntries(checks.map(({ name, state }) => [name, state]))
  const parts = ['state folder', 'plimsoll up', 'api', 'token', 'postgres', 'jetstream', 'projection', 'cluster']
  expect(named).toMatchObject(Object.fromEntries(parts.map((name) => [name, 'ok'])))
  expect(doctor.code).toBe(0)
})

test('a second start hears who has the folder', async () => {
  const second = await run('up')
  expect(second.code).toBe(1)
  expect(second.err).toContain('error: Plimsoll runs in this folder already\n')
  expect(second.err).toContain(`  because: process ${up.pid} has it since `)
  expect(second.err).toMatch(/^ {2}try: {5}.*`kill \d+`/m)
})

test('parts that are killed come back, and the next commit is applied', { timeout: 600_000 }, async () => {
  const before = partPids(folder)
  const names = ['postgres', 'nats-server', 'etcd', 'kube-apiserver']
  for (const name of names) await crash(name)
  const after = partPids(folder)
  expect(names.filter((name) => after[name] === before[name])).toEqual([])
  await untilApplied('hello again')
})

test('SIGTERM ends every child, and the next start goes on', { timeout: 600_000 }, async () => {
  const pids = Object.values(partPids(folder))
  expect(await up.stop('SIGTERM')).toBe(0)
  expect(pids.every(isGone)).toBe(true)
  expect(await run('doctor')).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^warn {2}plimsoll up +is not up$/m) as string,
  })

  const before = (await git.git('rev-parse', 'main')).trim()
  up = startCommand(['up'], { cwd: home })
  await up.says(isUp)
  expect(await shown()).toMatchObject({ status: 'synced', revision: before })
  await untilApplied('hello, third start')
})

test('the children of a start that is killed end, and the next start goes on', { timeout: 600_000 }, async () => {
  const pids = Object.values(partPids(folder))
  await up.stop('SIGKILL')
  await untilGone(pids)
  const doctor = await run('doctor')
  expect(doctor.out).toMatch(/^warn {2}plimsoll up +process \d+ was killed$/m)
  up = startCommand(['up'], { cwd: home })
  await up.says(isUp)
  await untilApplied('hello, fourth start')
})
